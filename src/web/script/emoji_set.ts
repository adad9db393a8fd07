// A small set of emojis of Unicode with English words to find them by, and what was found by a word.

const SET = `😀 grinning smile|😄 smile happy|😁 beaming|😅 sweat smile|😂 joy laugh tears|🤣 rofl laugh|🙂 slight smile|🙃 upside down|😉 wink|😊 blush smile|🥰 love hearts|😍 heart eyes|😘 kiss|😋 yum|😛 tongue|😜 wink tongue|🤪 zany|🤗 hug|🤭 giggle|🤔 thinking|🤨 eyebrow|😐 neutral|😑 expressionless|😶 no mouth|😏 smirk|🙄 roll eyes|😬 grimace|😌 relieved|😔 pensive sad|😴 sleep|😷 mask|🤒 ill|🤢 sick|🥶 cold|🥵 hot|🤯 mind blown|🥳 party|😎 cool sunglasses|🤓 nerd|😕 confused|🙁 frown sad|😮 wow surprised|😳 flushed|🥺 pleading|😢 cry sad|😭 sob cry|😱 scream|😤 huff|😡 angry|🤬 swearing|💀 skull dead|💩 poop|👻 ghost|🤖 robot|😺 cat smile|🙈 monkey see|👋 wave hello|👌 ok|✌️ victory peace|🤞 fingers crossed|🤘 rock|👈 left|👉 right|👆 up|👇 down|👍 thumbs up yes|👎 thumbs down no|✊ fist|👊 punch|👏 clap|🙌 raised hands|🤝 handshake|🙏 pray thanks please|💪 strong muscle|👀 eyes look|🧠 brain|🤷 shrug|🤦 facepalm|❤️ heart love red|🧡 heart orange|💛 heart yellow|💚 heart green|💙 heart blue|💜 heart purple|🖤 heart black|🤍 heart white|💔 broken heart|💕 hearts|✨ sparkles|⭐ star|🌟 glowing star|🔥 fire|💯 hundred|💥 boom|💤 zzz sleep|🎉 tada party|🎂 cake birthday|🎁 gift|🏆 trophy|🎵 music note|🎶 notes music|🎮 game|📷 camera photo|📚 books read|✏️ pencil write|💡 idea bulb|💻 laptop computer|📱 phone|🐛 bug|🔧 wrench fix|🔒 lock|🔑 key|⏰ alarm clock|📌 pin|📎 clip|✅ check done yes|❌ cross no|⚠️ warning|❓ question|❗ exclamation|➡️ arrow right|🔁 repeat boost|☀️ sun|🌤️ cloud sun|☁️ cloud|🌧️ rain|⛈️ storm|❄️ snow|🌈 rainbow|🌊 wave sea|🌱 seedling plant|🌿 herb fern|🍀 clover luck|🌸 blossom flower|🌻 sunflower|🌲 tree|🍁 maple leaf autumn|🍂 leaves|🍄 mushroom|🐶 dog|🐱 cat|🐰 rabbit|🦊 fox|🐻 bear|🐼 panda|🐸 frog|🐦 bird|🦋 butterfly|🐢 turtle|🐟 fish|🐳 whale|🍎 apple|🍊 orange|🍓 strawberry|🍑 peach|🥑 avocado|🍞 bread|🧀 cheese|🍕 pizza|🍜 noodles ramen|🍚 rice|🍣 sushi|🍙 onigiri|🍦 ice cream|🍪 cookie|☕ coffee|🍵 tea|🍺 beer|🍷 wine|🏠 home house|🚲 bike|🚆 train|✈️ plane travel|🚀 rocket|🌍 earth world|🌙 moon night`;

export interface Emoji {
  /** What is put into the text: the character, or a shortcode. */
  put: string;
  words: string;
  /** The picture of a custom one. */
  image?: string;
}

export const COMMON: Emoji[] = SET.split("|").map((one) => {
  const at = one.indexOf(" ");
  return { put: one.slice(0, at), words: one.slice(at + 1) };
});

/** Those of which a word begins with what is asked for, then those that have it anywhere. */
export function matching(all: Emoji[], query: string, most: number): Emoji[] {
  const wanted = query.toLowerCase();
  const begins = all.filter(({ words }) => words.toLowerCase().split(/[ _]/).some((word) => word.startsWith(wanted)) || words.toLowerCase().startsWith(wanted));
  const has = all.filter((one) => !begins.includes(one) && one.words.toLowerCase().includes(wanted));
  return [...begins, ...has].slice(0, most);
}
