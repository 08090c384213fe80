const { connect, tell } = require("./connected");

tell(async () => {
  const connection = connect();
  const made = await connection.sobject("Account").create(
    ["stays", "is deleted", "is purged"].map((Name) => ({ Name: `jssoap ${Name}` })));
  const ids = made.map(({ id }) => id);
  await connection.sobject("Account").destroy(ids.slice(1));
  const emptied = await connection.soap.emptyRecycleBin([ids[2], ids[0]]);
  const { timestamp } = await connection.soap.getServerTimestamp();
  const user = await connection.soap.getUserInfo();
  const found = await connection.query("SELECT Name FROM Account WHERE Name LIKE 'jssoap%'", { scanAll: true });
  return {
    emptied: emptied.map(({ id, success }) => ({ id, success })), ids,
    left: found.records.map(({ Name }) => Name).sort(),
    timestamp, userName: user.userName, organizationId: user.organizationId,
  };
});
