"""Access to the org: reads and writes of records over Salesforce's REST API and Bulk API 2.0."""
