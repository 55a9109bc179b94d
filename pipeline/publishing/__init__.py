"""What people take away: the snapshot for SQL clients, what publishing would change, the report."""
