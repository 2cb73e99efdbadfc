// Reads and writes an emulated device with node-bacnet, a stack that shares no code with ours, and prints one
// JSON object of what came back. Usage: node bacnet_client.js MODULE OUR-PORT DEVICE-PORT
const [, , module_, own, port] = process.argv;
const Bacnet = require(module_);
const client = new Bacnet({ port: Number(own), interface: "127.0.0.1", apduTimeout: 2000 });
const device = { address: `127.0.0.1:${port}` };
const level = { type: 0, instance: 1 }, setpoint = { type: 2, instance: 1 }, mode = { type: 19, instance: 1 };
const PRESENT_VALUE = 85, STATUS_FLAGS = 111, REAL = 4, NULL = 0;
const said = {};

const ask = (name, start) =>
  new Promise((done) => start((error, value) => { said[name] = error ? String(error) : plain(value); done(); }));
const plain = (value) =>
  value === undefined ? "done"
  : value.len !== undefined && value.values && value.values[0] && value.values[0].objectId
    ? value.values.map((entry) => entry.values.map((property) => property.value.map((item) => item.value)))
    : value.values ? value.values.map((item) => item.value) : value;
const read = (name, object, id) => ask(name, (then) => client.readProperty(device, object, id, {}, then));
const write = (name, object, value, options) =>
  ask(name, (then) => client.writeProperty(device, object, PRESENT_VALUE, [value], options, then));

const found = new Promise((done) =>
  client.on("iAm", (answer) => { said.instance = (answer.payload || answer).deviceId; done(); }));
const bound = new Promise((done) => client.on("listening", done));
(async () => {
  await bound;
  client.whoIs(device);
  await found;
  await read("read", level, PRESENT_VALUE);
  const many = [
    { objectId: level, properties: [{ id: PRESENT_VALUE }, { id: STATUS_FLAGS }] },
    { objectId: mode, properties: [{ id: PRESENT_VALUE }] },
  ];
  await ask("many", (then) => client.readPropertyMultiple(device, many, {}, then));
  await write("write", setpoint, { type: REAL, value: 33.5 }, { priority: 8 });
  await read("written", setpoint, PRESENT_VALUE);
  await write("relinquish", setpoint, { type: NULL, value: null }, { priority: 8 });
  await read("relinquished", setpoint, PRESENT_VALUE);
  await write("denied", level, { type: REAL, value: 1 }, {});
  client.close();
  console.log(JSON.stringify(said));
  process.exit(0);
})();
