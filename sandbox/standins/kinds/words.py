"""Words for pets' names."""

_ADVERBS = """
boldly briskly calmly daily deeply duly early evenly fairly freely fully gently gladly jointly
kindly lately lightly neatly newly openly partly plainly poorly rarely roughly sharply slowly
softly surely truly vastly warmly wholly widely wisely
"""
_ADJECTIVES = """
able amber brave bright calm clear clever cosmic daring eager early fair fast fine free fresh
gentle golden grand happy honest humble ideal jolly keen kind large lively loyal lucky mighty
modest neat noble novel patient proud quick quiet rapid ready robust sharp smart social solid
stable steady strong sunny super tidy true upright valid vital warm wise
"""
_ANIMALS = """
adder ant badger bat bear beaver bee bison boar camel cat cobra condor crane crow deer dingo
dog dove duck eagle eel elk falcon ferret finch fish fox frog gecko goat goose hare hawk heron
horse hyena ibex jay kite koala lark lemur lion llama lynx mole moose moth mouse mule newt
otter owl ox panda pig pony puma quail rabbit ram raven robin salmon seal shark sheep shrew
skunk snail snake sparrow spider squid stork swan tapir tiger toad trout turtle viper walrus
wasp whale wolf wombat worm wren yak zebra
"""

ADVERBS = tuple(_ADVERBS.split())
ADJECTIVES = tuple(_ADJECTIVES.split())
ANIMALS = tuple(_ANIMALS.split())
