/** Words for `random.RandomPet`. */
export const adverbs =
    "barely boldly briefly calmly daily deeply early easily evenly fairly firmly freely gently gladly highly kindly lightly mainly merely nearly neatly openly partly plainly quickly quietly rarely readily really safely simply slowly softly solely surely truly vastly warmly wholly wisely".split(
        " ",
    );
export const adjectives =
    "able active alert ample basic brave bright busy calm capable civil clean clear close crisp curious cute daring direct driven eager early easy equal exact fair famous fast fine firm fit fleet flowing fond free fresh full funny gentle glad golden grand great happy helpful honest ideal keen key kind known large leading light live loving loyal lucky magical major many merry modern moral moving native neat new next nice noble open patient pleasant polite precise prime proud quick quiet rapid rare ready real regular related relaxed rich right robust safe sharp simple skilled smart smooth social solid sound special stable star steady strong sunny super sure sweet talented thorough tidy top touched true trusty unique up valid viable vital vocal warm welcome well wise witty worthy".split(
        " ",
    );
export const petNames =
    "albacore alien amoeba anchovy ant ape baboon badger bass bat beagle bear bee bird bison boa bobcat bream buck bug bull bunny calf camel cat cheetah chicken clam cobra cod collie colt cow coyote crab crane crow cub deer dog dolphin donkey dove drake duck eagle eel egret elephant elk emu falcon fawn ferret finch fish flea fox frog gator gecko ghost gnu goat goose gopher gorilla grouse gull hare hawk hen heron horse husky ibex iguana insect jackal jaguar jay kid kite kiwi koala koi lab lamb lark lemur leopard lion lizard llama lobster lynx macaw mallard mammoth man mantis marlin marmot marten mink mole monkey moose moth mouse mule muskox narwhal newt octopus orca oriole oryx osprey owl ox oyster panda parrot pegasus penguin pig pigeon pika pony possum puma quagga quail rabbit raccoon ram rat raven ray rhino robin rodent sailfish salmon satyr seal serval shad shark sheep shepherd shrew skink skunk sloth slug snail snake snipe sole spider squid stag stallion starfish stork stud sturgeon swan swift tahr tapir tarpon teal tern terrier tick tiger titmouse toad tortoise toucan treefrog troll trout tuna turkey turtle unicorn viper vulture wahoo walleye wallaby walrus weasel weevil whale whippet wildcat wolf wombat worm wren yak yeti zebra".split(
        " ",
    );
