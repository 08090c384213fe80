// What every script begins with: jsforce as it comes, and a connection to the org that the arguments name.
const jsforce = require("jsforce");

const [instanceUrl, accessToken, ...rest] = process.argv.slice(2);

exports.jsforce = jsforce;
exports.instanceUrl = instanceUrl;
exports.rest = rest;
exports.connect = () => new jsforce.Connection({ instanceUrl, accessToken, version: "59.0" });

// The error that a promise ends with, as far as a test wants to know it.
exports.refusal = async (promise) => {
  try {
    await promise;
    return null;
  } catch (error) {
    return { name: error.name, code: error.errorCode ?? null, message: error.message };
  }
};

exports.tell = (work) =>
  work().then(
    (told) => console.log(JSON.stringify(told)),
    (error) => {
      console.error(error);
      process.exitCode = 1;
    },
  );
