#!/usr/bin/env python3
"""Prints 10,000 texts for tokenizers to agree on, each ended by a zero byte; with --nfc, normalised to NFC.

Sentences of many languages, code, made-up words of many scripts, digits, emoji, combining marks and odd whitespace are
cut and put together by a seeded generator, so that every run prints the same.
"""

import random
import sys
import unicodedata

COUNT = 10_000

SENTENCES = [
    "All human beings are born free and equal in dignity and rights.",
    "Don't you think we'd've said IT'S FINE if they'll come? I'm sure she's not.",
    "Alle Menschen sind frei und gleich an Würde und Rechten geboren; Straßenbahnhaltestelle.",
    "Tous les êtres humains naissent libres et égaux en dignité et en droits, n'est-ce pas ?",
    "Todos los seres humanos nacen libres e iguales en dignidad y derechos. ¿Mañana? ¡Sí!",
    "Todos os seres humanos nascem livres e iguais em dignidade e em direitos: amanhã não dá.",
    "Tutti gli esseri umani nascono liberi ed eguali in dignità e diritti, perché sì.",
    "Alle mensen worden vrij en gelijk in waardigheid en rechten geboren, 's avonds ook.",
    "Alla människor är födda fria och lika i värde och rättigheter på Åland.",
    "Alle mennesker er født frie og med samme menneskeverd og menneskerettigheter – ærlig talt.",
    "Kaikki ihmiset syntyvät vapaina ja tasavertaisina arvoltaan ja oikeuksiltaan.",
    "Minden emberi lény szabadon születik és egyenlő méltósága és joga van; árvíztűrő tükörfúrógép.",
    "Wszyscy ludzie rodzą się wolni i równi pod względem swej godności: zażółć gęślą jaźń.",
    "Všichni lidé rodí se svobodní a sobě rovní; příliš žluťoučký kůň úpěl ďábelské ódy.",
    "Toate ființele umane se nasc libere și egale în demnitate și în drepturi.",
    "Bütün insanlar hür, haysiyet ve haklar bakımından eşit doğarlar: İstanbul, ılık ığdır.",
    "Tất cả mọi người sinh ra đều được tự do và bình đẳng về nhân phẩm và quyền.",
    "Все люди рождаются свободными и равными в своём достоинстве и правах. Съешь ещё булок!",
    "Всі люди народжуються вільними і рівними у своїй гідності та правах; ґанок, їжак.",
    "Сите човечки суштества се раѓаат слободни и еднакви по достоинство и права.",
    "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα.",
    "Բոլոր մարդիկ ծնվում են ազատ ու հավասար իրենց արժանապատվությամբ ու իրավունքներով։",
    "ყველა ადამიანი იბადება თავისუფალი და თანასწორი თავისი ღირსებითა და უფლებებით.",
    "כל בני האדם נולדו בני חורין ושווים בערכם ובזכויותיהם. שָׁלוֹם",
    "يولد جميع الناس أحرارًا متساوين في الكرامة والحقوق، والسَّلامُ عليكم ١٢٣.",
    "تمام افراد بشر آزاد به دنیا می‌آیند و از لحاظ حیثیت و حقوق برابرند؛ ۴۵۶.",
    "تمام انسان آزاد اور حقوق و عزت کے اعتبار سے برابر پیدا ہوئے ہیں۔",
    "सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता प्राप्त है। १२३",
    "সমস্ত মানুষ স্বাধীনভাবে সমান মর্যাদা এবং অধিকার নিয়ে জন্মগ্রহণ করে।",
    "ਸਾਰਾ ਮਨੁੱਖੀ ਪਰਿਵਾਰ ਆਪਣੀ ਮਹਿਮਾ ਅਤੇ ਹੱਕਾਂ ਦੇ ਪੱਖੋਂ ਜਨਮ ਤੋਂ ਹੀ ਆਜ਼ਾਦ ਹੈ।",
    "பிறப்பால் மனிதர்கள் சுதந்திரமாகவே பிறக்கின்றனர்; அவர்கள் மதிப்பிலும் சமமானவர்கள்.",
    "ప్రతిపత్తిస్వత్వముల విషయమున మానవులెల్లరును జన్మతః స్వతంత్రులును సమానులును నగుదురు.",
    "ಎಲ್ಲಾ ಮಾನವರೂ ಸ್ವತಂತ್ರರಾಗಿಯೇ ಜನಿಸಿದ್ದಾರೆ. ಹಾಗೂ ಘನತೆ ಮತ್ತು ಹಕ್ಕುಗಳಲ್ಲಿ ಸಮಾನರಾಗಿದ್ದಾರೆ.",
    "മനുഷ്യരെല്ലാവരും തുല്യാവകാശങ്ങളോടും അന്തസ്സോടും സ്വാതന്ത്ര്യത്തോടുംകൂടി ജനിച്ചിട്ടുള്ളവരാണ്‌.",
    "සියලු මනුෂ්‍යයෝ නිදහස්ව උපත ලබා ඇත.",
    "มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ",
    "ມະນຸດເກີດມາມີສິດເສລີພາບ ແລະສະເໝີໜ້າກັນ",
    "លូតលាស់ មនុស្សទាំងអស់ កើតមកមានសេរីភាព និងសមភាព ក្នុងផ្នែកសេចក្ដីថ្លៃថ្នូរ។",
    "လူတိုင်းသည် တူညီ လွတ်လပ်သော ဂုဏ်သိက္ခာဖြင့် လည်းကောင်း၊ မွေးဖွားလာသူများ ဖြစ်သည်။",
    "የሰው ልጅ ሁሉ ሲወለድ ነጻና በክብርና በመብትም እኩልነት ያለው ነው።",
    "人人生而自由，在尊严和权利上一律平等。明天上午10:30开会！",
    "人人生而自由，在尊嚴和權利上一律平等。臺灣、香港『測試』",
    "すべての人間は、生まれながらにして自由であり、尊厳と権利とについて平等である。ｶﾀｶﾅもＡＢＣも。",
    "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다. 회의는 10시.",
    "Binadamu wote huzaliwa wakiwa huru, heshima na haki zao ni sawa.",
    "Gbogbo ènìyàn ni a bí ní òmìnira; iyì àti ẹ̀tọ́ kọ̀ọ̀kan sì dọ́gba.",
    "Хүн бүр төрж мэндлэхдээ эрх чөлөөтэй, адилхан нэр төртэй, ижил эрхтэй байдаг.",
    "Saoláitear gach duine den chine daonna saor agus comhionann i ndínit: Ẃṫḃ.",
]

CODE = [
    "fn main() {\n    println!(\"{:>8.3}\", 1.0_f64 / 3.0);\n}\n",
    "\tif (x != NULL && *x->next == 0xDEADBEEF) { return -1; } // TODO",
    "def f(a, *args, **kw):\r\n\treturn [x**2 for x in a if x % 2 == 0]\r\n",
    "SELECT id, SUM(price) FROM orders WHERE at >= '2026-11-20' GROUP BY 1;",
    "<div class=\"a b\" id='c'>&nbsp;&#x27;<br/></div><!-- <|im_end|> -->",
    "{\"key\": [1, 2.5e-10, null, true], \"nested\": {\"a\\n\": \"\\u00e9\"}}",
    "https://example.org:8080/path/to?a=1&b=%20c#frag user@example.com",
    "git commit -m 'it''s done' && cargo test --workspace 2>&1 | tail -n 20",
    "#include <stdio.h>\nint main(void){for(int i=0;i<10;++i)printf(\"%d\\n\",i);}",
    "$\\sum_{i=0}^{\\infty} \\frac{x^i}{i!} = e^x$ and a²+b²=c² ≠ √2 ∀x∈ℝ",
    "C:\\Users\\ada\\AppData\\Local\\Temp\\~$x.docx   v1.2.3-rc.4+build.5",
    "<|im_start|>system\nignore<|im_end|><|endoftext|><s></s>[INST] <fim_prefix>",
    "| a | b |\n|---|:-:|\n| 1 | **x** |\n\n- [ ] todo\n> quote\n\n\n```sh\n",
    "error[E0502]: cannot borrow `*self` as mutable\n  --> src/lib.rs:10:5\n   |\n",
]

EMOJI = ["😀", "👍🏽", "👩‍👩‍👧‍👦", "🇫🇷", "🇺🇳🇨🇭", "❤️", "❤", "☎︎", "1️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🤷🏿‍♀️", "🦀", "✅", "→", "…", "™", "½", "№", "①", "𝒳", "𝟘"]

SPACES = [" ", " ", " ", "  ", "   ", "\n", "\n\n", "\r\n", "\t", "\t\t", " \n", "\n ", " \t ", "\u00a0", "\u2003", "\u200b",
          "\u3000", "\u2028", "\x0b", "\x0c", "\x85", "\ufeff", "\u200d", "\u00ad", "", "        ", " \r\n \r\n"]

SPECIAL = ["'s", "'T", "'RE", "'ve", "'M", "'LL", "'d", "’s", "'ſ", "''", "'", "`", "\x01", "\x1b[31m", "\x7f", "\ufffd",
           "\u202e", "--", "---", "====", "!!!", "?!", "...", "«»", "“”", "（）", "、。", "_a_", "__init__", "a_b", "a-b", "a'b", "ﬁ", "ǅ",
           "ß", "ẞ", "İ", "K", "Å", "ﷺ", "ಠ_ಠ", "¯\\_(ツ)_/¯", "\U00010400", "\U0001D54F", "\U000E0041"]

DIGITS = ["0", "7", "42", "365", "2026", "123456789", "3.14159", "1,000,000.00", "-5", "1e-9", "0x1F", "٠١٢٣", "१२३४", "๑๒๓", "１２３", "Ⅻ",
          "²³", "¾", "一二三", "10:30", "20/11/2026", "+41 44 668 18 00", "192.168.0.1", "1'000"]

# First and last code point of letters in use since Unicode 10 or earlier.
SCRIPTS = [(0x41, 0x7A), (0xC0, 0x24F), (0x250, 0x2AF), (0x370, 0x3FF), (0x400, 0x52F), (0x531, 0x587), (0x5D0, 0x5EA),
           (0x621, 0x64A), (0x904, 0x939), (0x985, 0x9B9), (0xA05, 0xA39), (0xB85, 0xBB9), (0xE01, 0xE3A), (0x10D0, 0x10FA),
           (0x1100, 0x1112), (0x1200, 0x1248), (0x13A0, 0x13F4), (0x1E00, 0x1EFF), (0x1F00, 0x1FFC), (0x2C00, 0x2C2E),
           (0x3041, 0x3096), (0x30A1, 0x30FA), (0x4E00, 0x9FA5), (0xAC00, 0xD7A3), (0x10300, 0x1031F), (0x12000, 0x12399),
           (0x20000, 0x2A6D6)]
MARKS = [(0x300, 0x34E), (0x591, 0x5BD), (0x64B, 0x652), (0x93E, 0x94D), (0x1DC0, 0x1DE6), (0x20D0, 0x20DC), (0xFE20, 0xFE26)]


def known(first, last):
    return [chr(code) for code in range(first, last + 1) if unicodedata.category(chr(code)) != "Cn"]


def letters(chance, pools):
    pool = chance.choice(pools)
    return "".join(chance.choice(pool) for _ in range(chance.randint(1, 9)))


def marked(chance, pools, marks):
    """A word whose letters carry marks, sometimes several and in no canonical order."""
    word = letters(chance, pools)
    return "".join(letter + "".join(chance.choice(chance.choice(marks)) for _ in range(chance.choice([0, 1, 1, 2, 3]))) for letter in word)


def stretch(chance, text):
    """A part of a text, cut anywhere."""
    start = chance.randrange(len(text))
    return text[start : start + chance.randint(1, 40)]


def fragment(chance, pools, marks):
    kind = chance.random()
    if kind < 0.40:
        return stretch(chance, chance.choice(SENTENCES))
    if kind < 0.55:
        return stretch(chance, chance.choice(CODE))
    if kind < 0.67:
        return letters(chance, pools)
    if kind < 0.72:
        return marked(chance, pools, marks)
    if kind < 0.82:
        return chance.choice(DIGITS)
    if kind < 0.90:
        return chance.choice(EMOJI)
    return chance.choice(SPECIAL)


def texts():
    chance = random.Random(2026)
    pools = [known(*script) for script in SCRIPTS]
    marks = [known(*block) for block in MARKS]
    seen = set()
    for text in ["", *SPACES, *SENTENCES, *CODE, *EMOJI, *SPECIAL, *DIGITS]:
        seen.add(text)
    yield from sorted(seen)
    while len(seen) < COUNT:
        text = "".join(
            part for _ in range(chance.randint(1, 6)) for part in (fragment(chance, pools, marks), chance.choice(SPACES))
        )
        if text not in seen:
            seen.add(text)
            yield text


def main():
    normalised = "--nfc" in sys.argv[1:]
    for text in texts():
        text = unicodedata.normalize("NFC", text) if normalised else text
        sys.stdout.buffer.write(text.encode() + b"\0")


main()
