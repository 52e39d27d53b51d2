#include "replay-tools/example_texts.h"

namespace civiclog::example {
namespace {

using enum ContributionKind;

constexpr Statement kTram[] = {
    {kPolicy, "Line 9 along the quay",
     "The city proposes to build tram line 9 from the central station along the quay to the shipyard. One car lane in each "
     "direction is given up between the fish hall and the old lock. Eleven stops, all of them step-free.", {84, 41, 55}},
    {kPolicy, "Line 9 through the brewery quarter",
     "As an alternative the city has had a route through the brewery quarter examined. It is 600 metres longer, needs a bridge "
     "over the canal and reaches 4,000 more residents.", {46, 63, 38}},
    {kOpinion, "A stop at the children's clinic", "Whatever route is chosen: parents with prams and sick children should not have to change.",
     {93, 91, 88}},
    {kOpinion, "Keep the plane trees", "The quay has 140 plane trees, some older than the harbour basin. A route that fells them is the wrong route.",
     {71, 52, 77}},
    {kOpinion, "Grass between the rails", "Grass instead of concrete keeps the street cool in summer and swallows half of the noise.", {88, 60, 73}},
    {kOpinion, "Buses would do", "Electric buses on the same route could run next year, for a fifth of the money.", {22, 69, 48}},
    {kOpinion, "Parking first", "Before a lane disappears, say where the residents of the quay are to park. Nobody has told us so far.", {18, 81, 50}},
    {kOpinion, "Every six minutes, also on Sundays", "A tram that comes every twenty minutes replaces no car. Make the interval part of the decision.",
     {90, 58, 66}},
    {kOpinion, "No overhead wires at the old town hall", "Battery trams manage 800 metres without a wire. The square should stay as it is.", {49, 55, 51}},
    {kOpinion, "Work at night, please", "I run a bakery on the quay. Two years of closed road would be the end of it; work at night and in short sections.",
     {44, 78, 57}},
    {kOpinion, "Bicycles on the tram", "Outside the rush hour there is room enough. Let people take their bicycle along for nothing.", {77, 39, 62}},
    {kOpinion, "Lärm an der Kurve", "An der Kurve beim Zollhaus quietschen schon heute die Güterzüge. Bitte einen größeren Radius oder Schmieranlagen vorsehen.",
     {64, 66, 70}},
    {kQuestion, "What does it cost to run?", "The figure in the leaflet is for building. What does line 9 cost every year once it runs, and who pays?", {82, 90, 79}},
    {kQuestion, "How many people were counted?", "On which days were passengers counted for the forecast of 11,000 a day, and were there school holidays?", {61, 85, 68}},
    {kAction, "Walk the route together",
     "On Saturday at ten we walk the quay from the station to the shipyard, with the plans in hand. Everybody writes down what "
     "they notice; the list goes to the planning office.", {85, 70, 81}},
    {kAction, "Count the parked cars", "Let us count the parked cars on the quay for one week, mornings and evenings. Then we can argue about facts.", {66, 79, 63}},
    {kArticle, "What a tram did to a harbour street elsewhere", "Ten years of figures on trade, rents and accidents, before and after.", {58, 47, 53}},
    {kOpinion, "A ferry is a tram too 🚋⛴", "The ferry to the shipyard takes nine minutes and needs no rails. Why is it not part of the network?\nIt could use the same ticket.",
     {55, 49, 71}},
    {kOpinion, "Let the schools draw the stops", "Three schools lie on the route. Their pupils know best where it is dangerous to cross.", {79, 72, 86}},
    {kOpinion, "Free weekend tickets", "Free rides on Saturdays for the first year would fill the trams and the shops.", {52, 33, 69}},
};

constexpr Statement kMarket[] = {
    {kPolicy, "A market square without through traffic",
     "From spring the city would like to close the market square to through traffic for one year, as a trial. Deliveries until eleven, "
     "taxis and disabled parking remain.", {78, 37, 70}},
    {kOpinion, "Benches with backs", "My mother is 84. She can walk to the market, but not back without sitting down. Benches, and with a back to lean on.", {95, 92, 94}},
    {kOpinion, "Water for everybody", "A fountain to drink from, and one for dogs. The pipes lie there already.", {91, 80, 90}},
    {kOpinion, "Shade before flags", "Six trees in planters would do more for the square than all the flags of the festival.", {83, 57, 76}},
    {kOpinion, "The market needs its vans", "We sell cheese, not parking spaces; but cheese comes in a van. Deliveries until eleven are too short in winter.", {36, 84, 45}},
    {kOpinion, "Tables until midnight", "Let the restaurants put their tables on the square until midnight in summer.", {57, 48, 39}},
    {kOpinion, "Quiet after ten", "People live above the restaurants. Ten o'clock is late enough on a weekday.", {48, 61, 66}},
    {kOpinion, "Fewer events", "Nineteen event weekends are too many. Eight good ones would be enough.", {41, 70, 52}},
    {kQuestion, "What counts as success?", "A trial needs a measure. By what will you decide after a year whether it worked?", {88, 89, 84}},
    {kOpinion, "Un escenario pequeño", "Un escenario pequeño y fijo, sin altavoces enormes, para que los coros y las escuelas puedan tocar cuando quieran.", {67, 51, 73}},
    {kAction, "Paint the crossing", "We have permission to paint the crossing with the school on Friday. Brushes are there, hands are missing.", {74, 55, 80}},
    {kOpinion, "Charge for the ramps", "Whoever blocks the ramp with a parked car should pay more than for an expired ticket.", {81, 72, 77}},
};

constexpr Statement kNightBus[] = {
    {kOpinion, "One night line is better than three half ones", "A single line every half hour beats three lines every ninety minutes.", {64, 58, 60}},
    {kOpinion, "Stop on request after midnight", "Let people get off between stops after midnight. It is a question of safety.", {86, 83, 88}},
    {kOpinion, "Workers first", "The early shift at the docks begins at five. The night bus ends at four. Close that hour.", {77, 80, 71}},
    {kQuestion, "Who drives at night?", "Will the same drivers do it on top, or will there be new ones?", {59, 74, 62}},
    {kOpinion, "Drop it on weekdays", "On a Tuesday I was the only passenger. Spend the money on Fridays and Saturdays.", {35, 66, 40}},
    {kOpinion, "Buy cheap night tickets at my shop!!!", "Best prices in town, call now.", {1, 2, 1}},
};

constexpr Remark kRemarks[] = {
    {Stance::kFor, "I can only agree. We have been asking for this since the last plan."},
    {Stance::kFor, "As somebody who pushes a wheelchair every day: yes, and soon."},
    {Stance::kFor, "This is the first suggestion that considers people who work shifts."},
    {Stance::kAgainst, "Sounds nice, but who maintains it in five years?"},
    {Stance::kAgainst, "The street is too narrow for that. Stand there on a Friday afternoon and look."},
    {Stance::kAgainst, "We tried this before the station was rebuilt, and it was given up for good reasons."},
    {Stance::kNeutral, "Are there figures on this? I would like to decide when I have seen them."},
    {Stance::kNeutral, "Could both be had, if the work were done in two stages?"},
    {Stance::kFor, "Danke für den Vorschlag – genau so sehen wir es im Seniorenbeirat auch."},
    {Stance::kNeutral, "Please put this on the map; I do not find the place that is meant."},
    {Stance::kAgainst, "For the price of this the swimming pool could be open all year."},
    {Stance::kFor, "My class has discussed it: 19 for, 4 against, 2 do not know."},
};

constexpr Remark kReplies[] = {
    {Stance::kNeutral, "Where did you read that? The leaflet says something else."},
    {Stance::kFor, "That convinces me. I had not thought of deliveries."},
    {Stance::kAgainst, "I live there, and it is not as you describe it."},
    {Stance::kNeutral, "The answer is in the minutes of the planning committee, page four."},
    {Stance::kFor, "Then let us ask for exactly that, in one sentence."},
    {Stance::kNeutral, "Thank you, that helps."},
};

}  // namespace

std::span<const Statement> tram_statements() { return kTram; }
std::span<const Statement> market_statements() { return kMarket; }
std::span<const Statement> night_bus_statements() { return kNightBus; }
std::span<const Remark> remarks() { return kRemarks; }
std::span<const Remark> replies() { return kReplies; }

}  // namespace civiclog::example
