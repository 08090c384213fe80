const { connect, refusal, tell } = require("./connected");

tell(async () => {
  const connection = connect();
  const accounts = connection.sobject("Account");
  const made = await accounts.create({ Name: "jsforce one", NumberOfEmployees: 3 });
  const read = await accounts.retrieve(made.id);
  const updated = await accounts.update({ Id: made.id, Phone: "5" });
  const upserts = [
    await accounts.upsert({ Name: "jsforce upsert", Customer_Key__c: "JS-1" }, "Customer_Key__c"),
    await accounts.upsert({ Phone: "6", Customer_Key__c: "JS-1" }, "Customer_Key__c"),
  ];
  const many = await accounts.create([{ Name: "jsforce many 1" }, { Phone: "nameless" }, { Name: "jsforce many 2" }]);
  const ids = [many[0].id, many[2].id];
  const changed = await accounts.update(ids.map((Id) => ({ Id, Fax: "7" })));
  const retrieved = await accounts.retrieve(ids);
  const merged = await accounts.upsert(
    [{ Customer_Key__c: "JS-1", Fax: "8" }, { Customer_Key__c: "JS-2", Name: "jsforce new" }], "Customer_Key__c");
  const together = await accounts.create([{ Name: "jsforce alone" }, { Phone: "x" }], { allOrNone: true });
  const rows = Array.from({ length: 450 }, (_, n) => ({ LastName: `jsforce chunk ${n}` }));
  const chunked = await connection.create("Contact", rows, { allowRecursive: true });
  const destroyed = await accounts.destroy(ids);
  const gone = await accounts.destroy(made.id);
  return {
    made, read: { Name: read.Name, NumberOfEmployees: read.NumberOfEmployees, type: read.attributes.type },
    updated, upserts, many, changed, retrieved: retrieved.map(({ Name, Fax }) => ({ Name, Fax })), merged,
    together: together.map(({ success, errors }) => ({ success, code: errors[0]?.statusCode ?? errors[0]?.errorCode })),
    chunked: chunked.filter(({ success }) => success).length,
    destroyed: destroyed.map(({ success }) => success), gone: gone.success,
    left: (await connection.query("SELECT Id FROM Account WHERE Name LIKE 'jsforce many%'")).totalSize,
    readGone: await refusal(accounts.retrieve(made.id)),
    nameless: await refusal(accounts.create({ Phone: "1" })),
    noObject: await refusal(connection.sobject("Nope__c").retrieve("a00000000000000AAA")),
    noField: await refusal(connection.query("SELECT Nope FROM Account")),
  };
});
