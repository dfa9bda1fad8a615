// The Java client: produce, share partitions in a group of either protocol, commit, seek, transact.
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

public class JavaClient {
    static String address;
    static String topic;

    static KafkaProducer<String, String> producer(Map<String, Object> more) {
        Map<String, Object> settings = new HashMap<>(more);
        settings.put("bootstrap.servers", address);
        return new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer());
    }

    static KafkaConsumer<String, String> consumer(String group, String protocol) {
        Map<String, Object> settings = new HashMap<>();
        settings.put("bootstrap.servers", address);
        settings.put("group.id", group);
        settings.put("group.protocol", protocol);
        settings.put("auto.offset.reset", "earliest");
        settings.put("enable.auto.commit", "false");
        settings.put("isolation.level", "read_committed");
        KafkaConsumer<String, String> made =
            new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer());
        made.subscribe(List.of(topic));
        return made;
    }

    static void until(BooleanSupplier condition, String what) {
        long deadline = System.nanoTime() + 40_000_000_000L;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) throw new RuntimeException("not in time: " + what);
        }
    }

    static void poll(KafkaConsumer<String, String> from, List<String> seen) {
        for (ConsumerRecord<String, String> each : from.poll(Duration.ofMillis(50))) seen.add(each.value());
    }

    /** Reads all, shares with a second member, has all again, commits and seeks; gives what was read. */
    static List<String> shareIn(String protocol, int records) {
        List<String> seen = new ArrayList<>();
        try (KafkaConsumer<String, String> first = consumer(topic + "-" + protocol, protocol)) {
            until(() -> { poll(first, seen); return seen.size() == records; }, "all records");
            first.commitSync();
            try (KafkaConsumer<String, String> second = consumer(topic + "-" + protocol, protocol)) {
                until(() -> {
                    poll(first, seen);
                    poll(second, seen);
                    return first.assignment().size() == 1 && second.assignment().size() == 1;
                }, "a share");
            }
            until(() -> { poll(first, seen); return first.assignment().size() == 2; }, "all partitions");
            TopicPartition place = new TopicPartition(topic, 1);
            first.seek(place, 0);
            until(() -> { poll(first, seen); return seen.size() == records + 2; }, "two again");
        }
        Collections.sort(seen);
        return seen;
    }

    static void transact(List<String> values, boolean commit, KafkaProducer<String, String> with) {
        with.beginTransaction();
        for (String value : values) with.send(new ProducerRecord<>(topic, 0, null, value));
        Map<TopicPartition, OffsetAndMetadata> offsets =
            Map.of(new TopicPartition(topic, 0), new OffsetAndMetadata(commit ? 7 : 9));
        with.sendOffsetsToTransaction(offsets, new ConsumerGroupMetadata(topic + "-offsets"));
        if (commit) with.commitTransaction(); else with.abortTransaction();
    }

    static String json(List<String> values) {
        return "[\"" + String.join("\", \"", values) + "\"]";
    }

    public static void main(String[] arguments) throws Exception {
        address = arguments[0];
        topic = arguments[1];
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", address))) {
            admin.createTopics(List.of(new NewTopic(topic, 2, (short) 1))).all().get();
            try (KafkaProducer<String, String> plain = producer(Map.of("compression.type", "lz4"))) {
                for (int n = 0; n < 4; n++) plain.send(new ProducerRecord<>(topic, n % 2, null, "v" + n)).get();
            }
            try (KafkaProducer<String, String> one = producer(Map.of("transactional.id", topic))) {
                one.initTransactions();
                transact(List.of("aborted"), false, one);
                transact(List.of("committed"), true, one);
            }
            List<String> classic = shareIn("classic", 5);
            List<String> newer = shareIn("consumer", 5);
            long at = admin.listConsumerGroupOffsets(topic + "-offsets").partitionsToOffsetAndMetadata()
                .get().get(new TopicPartition(topic, 0)).offset();
            Set<String> groups = new TreeSet<>();
            admin.listGroups().all().get().forEach(each -> {
                if (each.groupId().startsWith(topic + "-")) groups.add(each.groupId().substring(topic.length() + 1));
            });
            System.out.println("{\"classic\": " + json(classic) + ", \"consumer\": " + json(newer)
                + ", \"at\": " + at + ", \"groups\": " + json(new ArrayList<>(groups)) + "}");
        }
    }
}
