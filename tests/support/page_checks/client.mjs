// A client made from the service's own description: asks, checks what it was given, and is told what is wrong.
import SwaggerClient from "swagger-client";

const client = await SwaggerClient({ url: `${process.env.PINCITE}/v1/openapi.json` });
const call = async (operationId, requestBody, parameters = {}) => {
  try {
    return (await client.execute({ operationId, parameters, requestBody })).body;
  } catch (error) {
    return error.response.body;
  }
};

const answer = await call("query", { question: "How long do people live with ALS?", k: 2 });
const byAddress = await call("queryByAddress", undefined, { question: "How long do people live with ALS?", k: 2 });
const holds = await call("verify", answer.hits[0].citation);
const section = await call("getSection", undefined, { document: "als", section: answer.hits[0].passage.split(/[#:]/)[1] });
const problem = await call("query", { question: "a", k: 99 });
console.log(JSON.stringify({
  status: answer.status,
  same: JSON.stringify(answer.hits) === JSON.stringify(byAddress.hits),
  holds: holds.status,
  within: section.text.includes(answer.hits[0].evidence[0].quote),
  problem: problem.errors[0].pointer,
}));
