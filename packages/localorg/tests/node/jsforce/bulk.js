const { connect, refusal, tell } = require("./connected");

tell(async () => {
  const connection = connect();
  for (const api of [connection.bulk, connection.bulk2]) {
    api.pollInterval = 20;
    api.pollTimeout = 20000;
  }
  const rows = (prefix) => [{ Name: `${prefix} 1`, Phone: "1" }, { Phone: "2" }, { Name: `${prefix} 3` }];

  const loaded = await connection.bulk.load("Account", "insert", rows("jsbulk1"));
  const updated = await connection.bulk.load("Account", "update", [{ Id: loaded[0].id, Phone: null, Fax: "9" }]);
  const upserted = await connection.bulk.load("Account", "upsert", { extIdField: "Customer_Key__c" },
    [{ Name: "jsbulk1 up", Customer_Key__c: "JB-1" }]);
  const stream = await connection.bulk.query("SELECT Id, Name, Phone, Fax FROM Account WHERE Name LIKE 'jsbulk1%' ORDER BY Name");
  const found = await stream.toArray();
  const job = connection.bulk.createJob("Account", "insert");
  const info = await job.open();
  const aborted = await job.abort();
  const deleted = await connection.bulk.load("Account", "delete", [{ Id: loaded[2].id }]);
  const csv = await connection.bulk.load("Account", "insert", "Name,Phone\n\"jsbulk1, csv\",5\n");

  const loaded2 = await connection.bulk2.loadAndWaitForResults(
    { object: "Account", operation: "insert", input: rows("jsbulk2"), pollInterval: 20, pollTimeout: 20000 });
  const stream2 = await connection.bulk2.query("SELECT Name FROM Account WHERE Name LIKE 'jsbulk2%' ORDER BY Name",
    { pollInterval: 20, pollTimeout: 20000 });
  const found2 = await stream2.toArray();
  return {
    loaded, updated, upserted, found, deleted, csv,
    info: { state: info.state, object: info.object, apiVersion: info.apiVersion }, aborted: aborted.state,
    loaded2, found2: found2.map(({ Name }) => Name),
    noObject: await refusal(connection.bulk.load("Nope__c", "insert", [{ Name: "x" }])),
    noField: await refusal(connection.bulk.load("Account", "insert", [{ Nope__c: "x" }])),
    noQuery: await refusal(connection.bulk.query("SELECT Nope FROM Account")),
  };
});
