const { connect, tell } = require("./connected");

tell(async () => {
  const connection = connect();
  const made = await connection.sobject("Account").create({ Name: "Zanzibarheron Ltd" });
  const { searchRecords } = await connection.search("FIND {Zanzibarheron} IN ALL FIELDS RETURNING Account(Id, Name)");
  const recent = await connection.recent(5);
  const tooling = await connection.tooling.query("SELECT Id FROM ApexClass");
  return { made, found: searchRecords.map(({ Name }) => Name), recent: Array.isArray(recent), tooling: tooling.totalSize };
});
