#pragma once

#include "pixelpass/capture/audio/routing.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace pixelpass::capture::test {

constexpr ObjectId kCapture = 900;
constexpr pid_t kOurProcess = 4711;

/// (output port, input port)
using Pairs = std::vector<std::pair<ObjectId, ObjectId>>;

/// A registry that a test writes, and the server's part: it makes the links that are asked for.
class Machine {
 public:
  explicit Machine(AudioSettings settings = {})
      : routing(std::move(settings), [](pid_t process) { return process == kOurProcess; }) {}

  void add_capture() {
    routing.on_capture_node(kCapture);
    routing.on_node(kCapture, {{"media.class", "Stream/Input/Audio"}, {"node.name", "pixelpass"}});
    int number = 0;
    for (const char* channel : {"FL", "FR", "FC", "RC", "SL", "SR"}) {
      add_port(kCapture, kCapture + 1 + static_cast<ObjectId>(number), "in", number, channel);
      ++number;
    }
  }
  void add_port(ObjectId node, ObjectId port, const std::string& direction, int number,
                const std::string& channel, bool monitor = false) {
    Properties properties{{"node.id", std::to_string(node)},
                          {"port.id", std::to_string(number)},
                          {"port.direction", direction},
                          {"audio.channel", channel},
                          {"format.dsp", "32 bit float mono audio"}};
    if (monitor) properties["port.monitor"] = "true";
    routing.on_port(port, properties);
  }
  /// Its ports are id+1, id+2, …
  void add_outputs(ObjectId node, const std::vector<std::string>& channels, bool monitor = false) {
    for (std::size_t i = 0; i < channels.size(); ++i)
      add_port(node, node + 1 + static_cast<ObjectId>(i), "out", static_cast<int>(i), channels[i], monitor);
  }
  void add_app(ObjectId id, const std::string& name, Properties more = {}) {
    more.insert({{"media.class", "Stream/Output/Audio"}, {"application.name", name}});
    routing.on_node(id, std::move(more));
    add_outputs(id, {"FL", "FR"});
  }
  void add_device(ObjectId id, const std::string& media_class, const std::string& name) {
    routing.on_node(id, {{"media.class", media_class}, {"node.name", name}});
  }
  void add_link(ObjectId id, const Route& route) {
    routing.on_link(id, {{"link.output.node", std::to_string(route.output_node)},
                         {"link.output.port", std::to_string(route.output_port)},
                         {"link.input.node", std::to_string(route.input_node)},
                         {"link.input.port", std::to_string(route.input_port)}});
    links[id] = route;
  }
  void remove(ObjectId id) {
    links.erase(id);
    routing.on_removed(id, now);
  }
  void remove_links() {
    const auto all = links;
    for (const auto& [id, route] : all) remove(id);
  }
  /// Does what routing says until it is content.
  void settle() {
    for (int i = 0; i < 10; ++i) {
      const auto changes = routing.poll(now);
      if (changes.make.empty() && changes.destroy.empty()) return;
      for (const auto& route : changes.make) add_link(next_link++, route);
      for (const ObjectId link : changes.destroy) remove(link);
    }
    ADD_FAILURE() << "never content";
  }
  /// The links into our node, once routing is content.
  Pairs heard() {
    settle();
    Pairs ports;
    for (const auto& [id, route] : links)
      if (route.input_node == kCapture) ports.emplace_back(route.output_port, route.input_port);
    std::ranges::sort(ports);
    return ports;
  }

  Routing routing;
  Instant now{};
  std::map<ObjectId, Route> links;
  ObjectId next_link = 5000;
};

/// What is heard of one stereo stream at id 100.
inline const Pairs kStereo{{101, 901}, {102, 902}};

}  // namespace pixelpass::capture::test
