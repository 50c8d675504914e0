#pragma once

#include "web/hello.hpp"
#include <openssl/evp.h>

#include <algorithm>
#include <string>

namespace pixelpass::web {

inline constexpr std::int64_t kHelloTime = 1'790'000'000;  ///< in September 2026

/// As a page makes it.
struct HelloText {
  CertificateHash certificate{};
  std::uint8_t version = kHelloVersion;
  std::uint8_t video_type = 102;
  std::uint8_t rtx_type = 103;
  std::uint8_t audio_type = 111;
  std::uint8_t playout_delay_id = 6;
  std::uint8_t transport_id = 0;
  std::uint8_t kind = 2;
  std::uint8_t flags = 0;
  std::uint32_t seconds = kHelloTime;
  std::uint8_t random = 0;

  [[nodiscard]] std::string text() const {
    Bytes bytes{version};
    bytes.insert(bytes.end(), certificate.begin(), certificate.end());
    const auto ids = static_cast<std::uint8_t>(transport_id << 4 | playout_delay_id);
    for (const auto byte : {video_type, rtx_type, audio_type, ids, kind, flags}) bytes.push_back(byte);
    for (const unsigned shift : {24U, 16U, 8U, 0U})
      bytes.push_back(static_cast<std::uint8_t>(seconds >> shift));
    bytes.resize(kHelloBytes, random);
    std::string out(kHelloChars + 1, '\0');
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes.data(),
                    static_cast<int>(bytes.size()));
    out.resize(kHelloChars);
    return out;
  }
};

}  // namespace pixelpass::web
