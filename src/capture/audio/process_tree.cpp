#include "capture/audio/process_tree.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace pixelpass::capture {
namespace {

/// The most ancestors that are followed: process numbers may change while they are read.
constexpr int kGenerations = 64;

std::string folder_of(pid_t process) {
  return "/proc/" + std::to_string(process);
}

/// The process's program file; empty: gone, or another user's. A file that was replaced reads as "…
/// (deleted)" for both processes.
std::filesystem::path program_of(pid_t process) {
  std::error_code error;
  return std::filesystem::read_symlink(folder_of(process) + "/exe", error);
}

/// What the kernel calls it: its program file's name as it was started, of 15 bytes at most. Anybody may read
/// it.
std::string name_of(pid_t process) {
  std::ifstream file(folder_of(process) + "/comm");
  std::string name;
  std::getline(file, name);
  return name;
}

/// Our own viewers forbid to be looked into (base/inspection): then their name has to do.
bool runs_this_program(pid_t process) {
  const auto program = program_of(process);
  if (!program.empty()) return program == program_of(getpid());
  const auto name = name_of(process);
  return !name.empty() && name == name_of(getpid());
}

/// The parent's number; 0: none, or the process has gone.
pid_t parent_of(pid_t process) {
  std::ifstream file(folder_of(process) + "/stat");
  const std::string text(std::istreambuf_iterator<char>(file), {});
  // The second field is the program's name in brackets, and may hold anything: proc(5).
  const auto name_ends = text.rfind(')');
  if (name_ends == std::string::npos) return 0;
  std::istringstream fields(text.substr(name_ends + 1));
  char state = 0;
  pid_t parent = 0;
  fields >> state >> parent;
  return fields ? parent : 0;
}

}  // namespace

bool is_of_this_program(pid_t process) {
  for (int i = 0; i < kGenerations && process > 1; ++i) {
    if (process == getpid() || runs_this_program(process)) return true;
    process = parent_of(process);
  }
  return false;
}

}  // namespace pixelpass::capture
