// Whether each of the texts in a JSON file is SOQL, as @jetstreamapp/soql-parser-js sees it.
const { readFileSync } = require("fs");
const { isQueryValid } = require("@jetstreamapp/soql-parser-js");

const texts = JSON.parse(readFileSync(process.argv[2], "utf-8"));
console.log(JSON.stringify(texts.map((text) => isQueryValid(text))));
