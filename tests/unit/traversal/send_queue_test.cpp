#include "traversal/send_queue.hpp"

#include <gtest/gtest.h>

namespace pixelpass::traversal {
namespace {

using Put = SendQueue::Put;

Bytes channel_data(std::size_t size) {
  Bytes bytes(size);
  bytes[0] = 0x40;
  return bytes;
}

Bytes send_indication(std::size_t size) {
  Bytes bytes(size);
  bytes[1] = 0x16;
  return bytes;
}

Bytes request(std::size_t size) {
  Bytes bytes(size);
  bytes[1] = 0x03;
  return bytes;
}

Bytes copy(ByteView bytes) {
  return {bytes.begin(), bytes.end()};
}

TEST(SendQueueTest, gives_what_waits_together_and_in_order) {
  SendQueue queue(100);
  EXPECT_TRUE(queue.take().empty());
  EXPECT_EQ(queue.put(Bytes{1, 2}), Put::kTaken);
  EXPECT_EQ(copy(queue.take()), (Bytes{1, 2}));
  EXPECT_EQ(queue.put(Bytes{3}), Put::kTaken);
  EXPECT_EQ(queue.put(Bytes{4, 5}), Put::kTaken);
  EXPECT_TRUE(queue.take().empty()) << "the first is being written";
  queue.done();
  EXPECT_EQ(copy(queue.take()), (Bytes{3, 4, 5}));
  queue.done();
  EXPECT_TRUE(queue.take().empty());
}

TEST(SendQueueTest, drops_what_is_for_peers_when_it_is_full_and_counts_it) {
  SendQueue queue(100);
  EXPECT_EQ(queue.put(channel_data(60)), Put::kTaken);
  (void)queue.take();
  EXPECT_EQ(queue.put(channel_data(41)), Put::kDropped) << "what is being written counts";
  EXPECT_EQ(queue.put(send_indication(50)), Put::kDropped);
  EXPECT_EQ(queue.dropped_bytes(), 91U);
  EXPECT_EQ(queue.put(channel_data(40)), Put::kTaken);
  queue.done();
  EXPECT_EQ(queue.put(channel_data(60)), Put::kTaken);
  EXPECT_EQ(queue.take().size(), 100U);
}

TEST(SendQueueTest, takes_what_is_for_the_server_beyond_that_up_to_a_bound) {
  SendQueue queue(100);
  EXPECT_EQ(queue.put(channel_data(100)), Put::kTaken);
  EXPECT_EQ(queue.put(request(100)), Put::kTaken);
  EXPECT_EQ(queue.put(request(2)), Put::kBroken);
  EXPECT_EQ(queue.dropped_bytes(), 0U);
}

}  // namespace
}  // namespace pixelpass::traversal
