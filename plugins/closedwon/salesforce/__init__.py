"""The org, as the flows see it: reading and writing of records over Salesforce's REST and Bulk API 2.0."""
