"""What is known of the sources, a file each: layouts of their pages, shapes of their answers."""
