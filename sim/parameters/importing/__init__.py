"""The importer of the evidence folder into the project's own tables, one module per group of tables."""
