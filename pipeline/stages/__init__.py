"""The stages, one verb a file. Each says in its docstring what it reads and what it writes."""
