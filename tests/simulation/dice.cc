#include "tests/simulation/dice.h"

#include <array>

namespace civiclog {
namespace {

using namespace std::string_view_literals;

constexpr std::array kPlain = {"The tram should stop at the school."sv, "No."sv, "Bänke im Park, bitte!"sv, "Ποδήλατα"sv, "Деревья на площади"sv,
                               "自転車道を広げる"sv, "مزيد من الأشجار"sv, "שלום"sv, "ভালো"sv, "two\nlines"sv};
// In no normal form, or growing in it, or not to be seen.
constexpr std::array kStrange = {"e\u0301"sv, "\u1112\u1161\u11ab"sv, "\u212b"sv, "\u0958\u095c"sv, "\ufb2c"sv, "\U0001d160"sv,
                                 "\U0001f468\u200d\U0001f469\u200d\U0001f467"sv, "\ufeff"sv, "\u202eabc"sv, "\u0301"sv, "\uffff"sv, " "sv,
                                 "a\u0327\u0301\u0323"sv, "<b>&amp;\"'</b>"sv, "\U0010ffff"sv};
constexpr std::array kRefused = {"bell \a"sv, "\xff\xfe"sv, "\xc0\xaf"sv, "\xed\xa0\x80"sv, "nul \0 here"sv, "\u0085"sv, "tab\there"sv, "\xe2\x82"sv, "\r\n"sv};

constexpr size_t kLongest = 20'000;

}  // namespace

std::string draw_text(Dice& dice) {
  const uint64_t what = dice.below(1'000);
  if (what < 12) return std::string(kRefused[dice.below(kRefused.size())]);
  if (what < 14) return std::string(kLongest + dice.below(2), 'x');
  if (what < 16) {
    std::string text;
    const std::string_view piece = kStrange[dice.below(kStrange.size())];
    while (text.size() + piece.size() <= kLongest) text += piece;
    return text;
  }
  if (what < 30) return {};
  std::string text(what < 150 ? kStrange[dice.below(kStrange.size())] : kPlain[dice.below(kPlain.size())]);
  if (what >= 700) text += " " + std::to_string(dice.below(1'000'000));
  return text;
}

}  // namespace civiclog
