#include "capture/portal/mapped_file.hpp"

#include "pixelpass/base/own_file.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace pixelpass::capture {
namespace {

constexpr std::size_t kBytes = 100'000;

/// A file in memory that is full of sevens.
Descriptor sevens(unsigned flags = 0) {
  Descriptor file(memfd_create("file", MFD_CLOEXEC | flags));
  const std::string text(kBytes, '\7');
  EXPECT_EQ(write(file.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  return file;
}

bool are(std::span<const std::uint8_t> bytes, std::uint8_t value) {
  return std::ranges::all_of(bytes, [value](std::uint8_t byte) { return byte == value; });
}

TEST(MappedFile, AFileIsReadFromAnyOffsetOn) {
  const auto file = sevens();
  for (const std::size_t offset : {0U, 1U, 4096U, 5000U}) {
    const MappedFile mapped(file.get(), offset, 1000);
    EXPECT_EQ(mapped.bytes().size(), 1000U);
    EXPECT_TRUE(are(mapped.bytes(), 7));
  }
}

TEST(MappedFile, WhatTheFileDoesNotHaveIsNotMapped) {
  const auto file = sevens();
  EXPECT_TRUE(MappedFile(file.get(), 0, kBytes + 1).bytes().empty());
  EXPECT_TRUE(MappedFile(file.get(), kBytes, 1).bytes().empty());
  EXPECT_TRUE(MappedFile(file.get(), 0, 0).bytes().empty());
  EXPECT_TRUE(MappedFile(-1, 0, 1).bytes().empty());
}

TEST(MappedFile, WhoReadsAFileThatHasBeenCutOffGetsZeros) {
  const auto file = sevens();
  const MappedFile mapped(file.get(), 5000, 50'000);
  const MappedFile other(sevens().get(), 0, kBytes);
  EXPECT_FALSE(mapped.has_shrunk());
  ASSERT_EQ(ftruncate(file.get(), 0), 0);
  EXPECT_TRUE(are(mapped.bytes(), 0));
  EXPECT_TRUE(mapped.has_shrunk());
  EXPECT_TRUE(are(other.bytes(), 7));
  EXPECT_FALSE(other.has_shrunk());
}

TEST(MappedFile, AFileThatCanBeSealedIsSealed) {
  const auto file = sevens(MFD_ALLOW_SEALING);
  const MappedFile mapped(file.get(), 0, kBytes);
  EXPECT_NE(ftruncate(file.get(), 0), 0);
  EXPECT_TRUE(cannot_shrink(file.get()));
  EXPECT_FALSE(cannot_shrink(sevens().get()));
}

TEST(MappedFile, MoreThanCanBeGuardedAreNotMapped) {
  const auto file = sevens();
  std::vector<std::unique_ptr<MappedFile>> many;
  do many.push_back(std::make_unique<MappedFile>(file.get(), 0, 1));
  while (!many.back()->bytes().empty() && many.size() < 1000);
  EXPECT_GT(many.size(), 64U);
  EXPECT_LT(many.size(), 1000U);
  many.clear();
  EXPECT_FALSE(MappedFile(file.get(), 0, 1).bytes().empty());
}

TEST(MappedFileDeathTest, WhatIsNotOursStillEndsTheProcess) {
  const auto file = sevens();
  const MappedFile mapped(file.get(), 0, kBytes);
  auto* theirs = static_cast<volatile char*>(mmap(nullptr, kBytes, PROT_READ, MAP_SHARED, file.get(), 0));
  EXPECT_DEATH(
      {
        if (ftruncate(file.get(), 0) == 0) static_cast<void>(theirs[kBytes / 2]);
      },
      "");
}

}  // namespace
}  // namespace pixelpass::capture
