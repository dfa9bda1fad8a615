// kafkajs: produce, share partitions in a group, commit, seek, transact; says in JSON what it saw.
const { Kafka, CompressionTypes, logLevel } = require("kafkajs");

const [address, topic] = process.argv.slice(2);
const kafka = new Kafka({ clientId: "js", brokers: [address], logLevel: logLevel.NOTHING });

const until = async (condition, what) => {
  const deadline = Date.now() + 40000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

const join = async (group, seen) => {
  const consumer = kafka.consumer({ groupId: group, heartbeatInterval: 300 });
  const member = { consumer, partitions: [] };
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    member.partitions = payload.memberAssignment[topic] || [];
  });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachMessage: async ({ partition, message }) => {
      seen.push(message.value.toString());
      const offset = (BigInt(message.offset) + 1n).toString();
      await consumer.commitOffsets([{ topic, partition, offset }]);
    },
  });
  return member;
};

const main = async () => {
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: 2 }] });
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  await producer.send({
    topic,
    compression: CompressionTypes.GZIP,
    messages: [0, 1, 2, 3].map((n) => ({ value: `v${n}`, partition: n % 2, headers: { n: `${n}` } })),
  });

  const seen = [];
  const first = await join(topic, seen);
  await until(() => seen.length === 4 && first.partitions.length === 2, "four records");
  const second = await join(topic, seen);
  await until(() => first.partitions.length === 1 && second.partitions.length === 1, "a share");
  await second.consumer.disconnect();
  await until(() => first.partitions.length === 2, "all partitions");
  const before = [...seen];
  first.consumer.seek({ topic, partition: 1, offset: "0" });
  await until(() => seen.length === 6, "the records of partition 1 again");

  const transactional = kafka.producer({
    transactionalId: `${topic}-id`, idempotent: true, maxInFlightRequests: 1,
  });
  await transactional.connect();
  const aborted = await transactional.transaction();
  await aborted.send({ topic, messages: [{ value: "aborted", partition: 0 }] });
  await aborted.abort();
  const committed = await transactional.transaction();
  await committed.send({ topic, messages: [{ value: "committed", partition: 0 }] });
  await committed.sendOffsets({
    consumerGroupId: `${topic}-offsets`,
    topics: [{ topic, partitions: [{ partition: 0, offset: "7" }] }],
  });
  await committed.commit();
  await until(() => seen.length === 7, "the committed record");
  const offsets = await admin.fetchOffsets({ groupId: `${topic}-offsets`, topics: [topic] });

  for (const each of [first.consumer, producer, transactional]) await each.disconnect();
  await admin.disconnect();
  const at = offsets[0].partitions.find((each) => each.partition === 0).offset;
  console.log(JSON.stringify({ before: before.sort(), again: seen.slice(4).sort(), at }));
};

main().catch((error) => { console.error(error); process.exit(1); });
