#pragma once

#include "pixelpass/base/socket_address.hpp"
#include "pixelpass/ticket/ticket.hpp"

#include <boost/endian/conversion.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace pixelpass {

inline constexpr std::uint8_t kFamilyV4 = 4;
inline constexpr std::uint8_t kFamilyV6 = 6;
inline constexpr std::size_t kAddressBytesV4 = 4;
inline constexpr std::size_t kAddressBytesV6 = 16;

/// Puts the fields of tickets and reply codes one behind the other. Integers are big-endian.
class Writer {
 public:
  void u8(std::size_t value) { bytes_.push_back(static_cast<std::uint8_t>(value)); }
  void u16(std::uint16_t value) {
    u8(value >> 8);
    u8(value & 0xff);
  }
  void u32(std::uint32_t value) {
    u16(static_cast<std::uint16_t>(value >> 16));
    u16(static_cast<std::uint16_t>(value & 0xffff));
  }
  void raw(ByteView bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
  void text(std::string_view text) {
    text = text.substr(0, kMaxCredentialBytes);
    u8(text.size());
    raw(as_bytes(text));
  }
  void address_and_port(const SocketAddress& address) {
    raw(address.bytes());
    u16(address.port());
  }
  void address(const SocketAddress& address) {
    u8(address.is_v6() ? kFamilyV6 : kFamilyV4);
    address_and_port(address);
  }
  Bytes take() { return std::move(bytes_); }

 private:
  Bytes bytes_;
};

/// Takes them apart again. After the first thing that is not there or not right, all else reads as zero and
/// ok() is false.
class Reader {
 public:
  explicit Reader(ByteView bytes) : bytes_(bytes) {}

  [[nodiscard]] bool ok() const { return ok_; }

  ByteView raw(std::size_t count) {
    ok_ = ok_ && count <= bytes_.size();
    if (!ok_) return {};
    const auto front = bytes_.first(count);
    bytes_ = bytes_.subspan(count);
    return front;
  }
  void raw(std::span<std::uint8_t> out) { std::ranges::copy(raw(out.size()), out.begin()); }
  std::uint8_t u8() {
    std::uint8_t value = 0;
    raw({&value, 1});
    return value;
  }
  std::uint16_t u16() {
    std::array<std::uint8_t, 2> value{};
    raw(value);
    return boost::endian::load_big_u16(value.data());
  }
  std::uint32_t u32() {
    std::array<std::uint8_t, 4> value{};
    raw(value);
    return boost::endian::load_big_u32(value.data());
  }
  std::string text() { return std::string(as_text(raw(u8()))); }
  std::size_t count(std::size_t most) {
    const std::size_t value = u8();
    ok_ = ok_ && value <= most;
    return ok_ ? value : 0;
  }
  SocketAddress address_and_port(bool v6) {
    const auto address = raw(v6 ? kAddressBytesV6 : kAddressBytesV4);
    const auto port = u16();
    return ok_ ? SocketAddress(address, port) : SocketAddress();
  }
  SocketAddress address() {
    const auto family = u8();
    ok_ = ok_ && (family == kFamilyV4 || family == kFamilyV6);
    return address_and_port(family == kFamilyV6);
  }

 private:
  ByteView bytes_;
  bool ok_ = true;
};

}  // namespace pixelpass
