// Loaded before a server that would serve on every address of the machine: it serves on 127.0.0.1
// alone, and ends well when it is interrupted, or when whoever started it is gone.
const { Server } = require("node:net");

const listen = Server.prototype.listen;
Server.prototype.listen = function (port, ...rest) {
  const callback = rest.find((r) => typeof r === "function");
  return listen.call(this, { port: Number(port?.port ?? port), host: "127.0.0.1" }, callback);
};
process.on("SIGINT", () => process.exit(0));
process.stdin.on("end", () => process.exit(0)).resume();
