const { connect, tell } = require("./connected");

tell(async () => {
  const connection = connect();
  const soql = "SELECT LastName FROM Contact WHERE LastName LIKE 'jsfpage%' ORDER BY LastName";
  const first = await connection.query(soql);
  const second = await connection.queryMore(first.nextRecordsUrl);
  const fetched = await connection.query(soql, { autoFetch: true, maxFetch: 5000 });
  const streamed = [];
  await new Promise((resolve, reject) => {
    connection.query(soql)
      .on("record", (record) => streamed.push(record.LastName))
      .on("end", resolve).on("error", reject).run({ autoFetch: true, maxFetch: 5000 });
  });
  const built = await connection.sobject("Contact")
    .find({ LastName: { $like: "jsfpage%" } }, "Id, LastName").sort({ LastName: -1 }).limit(2).execute();
  const counted = await connection.sobject("Contact").count({ LastName: { $like: "jsfpage%" } });
  const parents = await connection.sobject("Account").find({ Name: "jsfparent" }, "Id, Name")
    .include("Contacts").select("LastName").end().execute();
  const described = await connection.sobject("Site_Visit__c").describe();
  const everything = await connection.describeGlobal();
  const identity = await connection.identity();
  const limits = await connection.request("/limits");
  const versions = await connection.request("/services/data");
  return {
    first: [first.totalSize, first.done, first.records.length],
    second: [second.totalSize, second.done, second.records.length],
    fetched: fetched.records.length, streamed: streamed.length, last: streamed.at(-1),
    built: built.map(({ LastName }) => LastName), counted,
    children: parents[0].Contacts.records.map(({ LastName }) => LastName),
    fields: described.fields.map(({ name }) => name),
    objects: everything.sobjects.map(({ name }) => name),
    identity: { user: identity.user_id, organization: identity.organization_id, username: identity.username },
    usage: connection.limitInfo.apiUsage, requests: limits.DailyApiRequests, versions: versions.map(({ version }) => version),
  };
});
