// An OpenID Connect provider on a free port of this machine, which says of people what a test told it to say.
import { OAuth2Server } from "oauth2-mock-server";

const server = new OAuth2Server();
let said = {};

await server.issuer.keys.generate("RS256");
await server.start(0, "127.0.0.1");
server.issuer.url = `http://127.0.0.1:${server.address().port}`;

const unsigned = (token) => {
  const header = Buffer.from(JSON.stringify({ alg: "none", typ: "JWT" })).toString("base64url");
  return `${header}.${token.split(".")[1]}.`;
};

server.service.on("beforeTokenSigning", (token) => {
  Object.assign(token.payload, said.claims);
  for (const name of said.without ?? []) delete token.payload[name];
});
server.service.on("beforeResponse", (response) => {
  if (said.unsigned) response.body.id_token = unsigned(response.body.id_token);
  if (said.forged) response.body.id_token = response.body.id_token.slice(0, -8) + "AAAAAAAA";
  if (said.tokenStatus) response.statusCode = said.tokenStatus;
});
server.service.on("beforeUserinfo", (response) => {
  response.body = { sub: "johndoe", ...said.userinfo };
});
server.service.on("beforeWellKnownOpenIdConfiguration", (response) => {
  Object.assign(response.body, said.discovery);
});
server.service.on("beforeAuthorizeRedirect", (target) => {
  if (!said.denied) return;
  target.url.searchParams.delete("code");
  target.url.searchParams.set("error", "access_denied");
});
server.service.addRoute("POST", "/_say", (request, response) => {
  said = JSON.parse(request.body.said);
  response.end("ok");
});

console.log(server.issuer.url);
