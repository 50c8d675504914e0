#include "pixelpass/ticket/ticket.hpp"

#include "some_tickets.hpp"
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <string>

namespace pixelpass {
namespace {

std::string good() {
  return encode_ticket(full_ticket());
}

/// The ticket with `noise` after every `step` characters.
std::string wrapped(std::string_view noise, std::size_t step) {
  const auto text = good();
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += step) out.append(text.substr(i, step)).append(noise);
  return out;
}

void expect_read(std::string_view text) {
  const auto ticket = decode_ticket(text, kNow);
  ASSERT_TRUE(ticket) << text << "\n" << describe(ticket.error()).what;
  EXPECT_EQ(*ticket, full_ticket()) << text;
}

TEST(ChatNoise, InsideATicketIsSkipped) {
  for (const auto* noise :
       {"\n", "\r\n", " ", "\t", "\n> ", "\xc2\xa0", "\xe2\x80\x8b", "\xe2\x80\x8d", "\xe2\x81\xa0",
        "\xef\xbb\xbf", "\xc2\xad", "=\r\n", "\\\n", "\u2028", "\u3000", "%20", "%0A", "%e2%80%8B"}) {
    expect_read(wrapped(noise, 64));
    expect_read(wrapped(noise, 1));
  }
}

TEST(ChatNoise, ALinkIsATicket) {
  const auto ticket = good();
  std::string shouted = ticket;
  std::ranges::transform(shouted, shouted.begin(), [](unsigned char c) { return std::toupper(c); });
  // Browsers put a slash behind what they take for a host's name, and change its case.
  for (const auto& link :
       {"pixelpass://" + ticket, "pixelpass://" + ticket + "/", "pixelpass://" + shouted + "/",
        "pixelpass:" + ticket, "PixelPass://" + ticket + "/\n"}) {
    expect_read(link);
    EXPECT_TRUE(looks_like_ticket(link)) << link;
  }
}

TEST(ChatNoise, WhatALinkHasEscapedIsWhatItWas) {
  std::string all;
  for (const char c : good()) {
    constexpr std::string_view kHex = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(c);
    all += {'%', kHex[byte >> 4U], kHex[byte & 15U]};
  }
  expect_read(all);
  expect_read("https%3A%2F%2Fexample.com%2F%23" + good());
  expect_read("http://192.0.2.17:41234/%2523" + good() + "%");
}

TEST(ChatNoise, AroundATicketIsSkipped) {
  for (const auto& [before, after] : {std::pair{"  ", "\n"},
                                      {"\"", "\""},
                                      {"'", "'"},
                                      {"“", "”"},
                                      {"‘", "’"},
                                      {"„", "“"},
                                      {"«", "»"},
                                      {"<", ">"},
                                      {"(", ")"},
                                      {"[", "]"},
                                      {"`", "`"},
                                      {"```\n", "\n```"},
                                      {"**", "**"},
                                      {"_", "_"},
                                      {"~~", "~~"},
                                      {"||", "||"},
                                      {"> ", ""},
                                      {"", "."},
                                      {"", ","},
                                      {"", "…"},
                                      {"", "!"},
                                      {"", "\0"}})
    expect_read(before + good() + after);
}

TEST(ChatNoise, UpperCaseIsRead) {
  auto text = good();
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  expect_read(text);
  expect_read("Pp1" + good().substr(3));
}

TEST(ChatNoise, LinksAndWholeCommandsAreRead) {
  expect_read("pixelpass://" + good());
  expect_read("PixelPass://" + good() + "/");
  expect_read("<pixelpass://" + good() + ">");
  expect_read("pixelpass " + good());
  expect_read("$ pixelpass view " + good());
  expect_read("pixelpass view --player mpv '" + good() + "'");
  expect_read("[" + good() + "](https://example.org/" + good() + ")");
}

TEST(ChatNoise, WordsBeforeAndBehindATicketAreSkipped) {
  expect_read("here: " + good());
  expect_read("Hi! Try app 1, version pp1 or so: " + good() + " see you in 5 minutes");
  expect_read("[12:01] Ada: " + good() + "\n[12:02] Ada: does it work?");
  expect_read("🙂 " + good() + " 🙂");
  expect_read(good() + good());
}

TEST(ChatNoise, GoodTicketIsFoundBehindABadOne) {
  auto expired = small_ticket();
  expired.expires_at = kNow;
  expect_read(encode_ticket(expired) + "\nsorry, this one: " + good());
  expect_read(good().substr(0, 50) + "\n" + good());
}

TEST(ChatNoise, OfExpiredTicketsTheOneThatWasGoodForLongestIsTaken) {
  auto later = small_ticket();
  later.expires_at = kNow - std::chrono::hours(1);
  auto earlier = later;
  *earlier.expires_at -= std::chrono::hours(1);
  for (const auto& text : {encode_ticket(earlier) + "\n" + encode_ticket(later),
                           encode_ticket(later) + "\n" + encode_ticket(earlier)})
    EXPECT_EQ(decode_ticket(text, kNow).value(), later);
}

TEST(ChatNoise, MostTellingErrorIsGiven) {
  auto damaged = good();
  damaged[80] = damaged[80] == 'a' ? 'b' : 'a';
  EXPECT_EQ(decode_ticket(damaged + " (from app 1)", kNow).error(), TicketError::kDamaged);
}

TEST(ChatNoise, DamagedTicketThatContainsPp2IsNotTakenForALaterVersion) {
  auto text = good();
  text.replace(60, 3, "pp2");
  EXPECT_EQ(decode_ticket(text, kNow).error(), TicketError::kDamaged);
}

TEST(ChatNoise, NothingAtAllIsEmpty) {
  for (const auto* text : {"", " ", "\n\n", "\"\"", "\xc2\xa0\xe2\x80\x8b", "“”", "…"})
    EXPECT_EQ(decode_ticket(text, kNow).error(), TicketError::kEmpty) << text;
}

TEST(ChatNoise, OtherTextIsForeign) {
  for (const auto* text : {"hello", "https://example.org/watch?v=pp", "pp", "pixelpass://", "p p 0",
                           "blobabcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrstuvwxyz"})
    EXPECT_EQ(decode_ticket(text, kNow).error(), TicketError::kForeign) << text;
}

TEST(LooksLikeTicket, KnowsATicketInEachDisguise) {
  for (const auto& text : {good(), "pixelpass://" + good(), "\"" + good() + "\"", "pixelpass view " + good(),
                           "here: " + good(), std::string("PP1"), std::string("pp1aead"),
                           std::string("pp2abcdef"), std::string("pixelpass://oops")})
    EXPECT_TRUE(looks_like_ticket(text)) << text;
}

TEST(LooksLikeTicket, LeavesCommandsAndOptionsAlone) {
  for (const auto* text : {"host", "view", "demo", "doctor", "repair", "--help", "-", "", "app1", "pp",
                           "pixelpass", "/home/ada/app1/file.ts"})
    EXPECT_FALSE(looks_like_ticket(text)) << text;
}

}  // namespace
}  // namespace pixelpass
