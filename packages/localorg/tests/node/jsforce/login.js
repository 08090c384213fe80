const { jsforce, instanceUrl, refusal, rest, tell } = require("./connected");

const [username, password, key, secret, refreshToken] = rest;
const app = { loginUrl: instanceUrl, clientId: key, clientSecret: secret };

async function whoIs(connection) {
  const identity = await connection.identity();
  return { username: identity.username, instanceUrl: connection.instanceUrl };
}

tell(async () => {
  const bySoap = new jsforce.Connection({ loginUrl: instanceUrl, version: "59.0" });
  const soap = await bySoap.login(username, password);
  const soapUser = await whoIs(bySoap);
  const oldToken = bySoap.accessToken;
  await bySoap.logout();
  const afterLogout = new jsforce.Connection({ instanceUrl, accessToken: oldToken, version: "59.0" });

  const byPassword = new jsforce.Connection({ oauth2: app, loginUrl: instanceUrl, version: "59.0" });
  const oauth = await byPassword.login(username, password);
  const oauthUser = await whoIs(byPassword);
  const oauthToken = byPassword.accessToken;
  await byPassword.logout();
  const afterRevoke = new jsforce.Connection({ instanceUrl, accessToken: oauthToken, version: "59.0" });

  const byApp = new jsforce.Connection({ oauth2: app, instanceUrl, version: "59.0" });
  await byApp.authorize({ grant_type: "client_credentials" });

  const refreshed = [];
  const byRefresh = new jsforce.Connection({
    oauth2: app, instanceUrl, accessToken: "00D!expired", refreshToken, version: "59.0",
  });
  byRefresh.on("refresh", (token) => refreshed.push(token));
  const found = await byRefresh.query("SELECT Id FROM User LIMIT 1");

  return {
    soap, soapUser, oauth, oauthUser,
    appUser: await whoIs(byApp),
    refreshed: refreshed.length,
    foundAfterRefresh: found.totalSize,
    afterLogout: await refusal(afterLogout.query("SELECT Id FROM User")),
    afterRevoke: await refusal(afterRevoke.query("SELECT Id FROM User")),
    wrongPassword: await refusal(new jsforce.Connection({ loginUrl: instanceUrl, version: "59.0" }).login(username, "no")),
    wrongApp: await refusal(
      new jsforce.Connection({ oauth2: { ...app, clientId: "nobody" }, instanceUrl }).login(username, password)),
  };
});
