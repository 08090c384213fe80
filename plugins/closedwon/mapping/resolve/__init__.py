"""Resolution across mapping files: references between tables, and the columns and codes that rules name."""
