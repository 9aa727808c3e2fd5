//! Keys and tokens: of providers, without a form, in blocks, in addresses.

use super::{
    Dice,
    dice::{BASE32, BASE58, BASE64, DIGITS, HEX, LOWER, UPPER, WORD, WORD_DASH},
    secret,
};

/// How providers write their keys: text as it is, and `{alphabet,length}`: `w`ord, word and `d`ash, `b`ase64, base`3`2, `u`pper,
/// `l`ower, `h`ex, `n`umber.
const FORMS: &[&str] = &[
    "AKIA{3,16}",
    "ASIA{3,16}",
    "ghp_{w,36}",
    "gho_{w,36}",
    "ghu_{w,36}",
    "ghs_{w,36}",
    "ghr_{w,36}",
    "github_pat_{w,22}_{w,59}",
    "glpat-{d,20}",
    "glptt-{h,40}",
    "gldt-{d,20}",
    "glrt-{d,20}",
    "xoxb-{n,12}-{n,12}-{w,24}",
    "xoxp-{n,12}-{n,12}-{n,13}-{h,32}",
    "xapp-1-A{u,10}-{n,13}-{h,64}",
    "hooks.slack.com/services/T{u,10}/B{u,10}/{w,24}",
    "sk-ant-api03-{d,93}AA",
    "sk-proj-{d,74}T3BlbkFJ{d,74}",
    "sk-or-v1-{h,64}",
    "sk-{w,20}T3BlbkFJ{w,20}",
    "gsk_{w,52}",
    "xai-{w,80}",
    "pplx-{w,48}",
    "r8_{w,37}",
    "nvapi-{d,64}",
    "lsv2_pt_{h,32}_{h,10}",
    "tvly-dev-{w,32}",
    "AIzaSy{d,33}",
    "ya29.{d,120}",
    "1//0{d,64}",
    "GOCSPX-{d,28}",
    "npm_{w,36}",
    "pypi-AgEIcHlwaS5vcmc{d,120}",
    "SG.{d,22}.{d,43}",
    "hf_{w,34}",
    "dop_v1_{h,64}",
    "sk_live_{w,24}",
    "sk_test_{w,24}",
    "rk_live_{w,24}",
    "whsec_{w,32}",
    "sq0atp-{d,22}",
    "sq0csp-{d,43}",
    "shpat_{h,32}",
    "shpss_{h,32}",
    "hvs.{d,90}",
    "dp.pt.{w,43}",
    "lin_api_{w,40}",
    "secret_{w,43}",
    "ntn_{w,46}",
    "PMAK-{h,24}-{h,34}",
    "NRAK-{u,27}",
    "glsa_{w,32}_{h,8}",
    "sntryu_{h,64}",
    "sbp_{h,40}",
    "pscale_tkn_{d,43}",
    "pul-{h,40}",
    "dapi{h,32}",
    "SK{h,32}",
    "figd_{d,40}",
    "dckr_pat_{d,27}",
    "ATATT3xFfGF0{d,170}={u,8}",
    "rubygems_{h,48}",
    "cio{w,32}",
    "oy2{l,43}",
    "CLOJARS_{h,60}",
    "squ_{h,40}",
    "xkeysib-{h,64}-{w,16}",
    "tskey-auth-{w,17}-{w,32}",
    "key-{h,32}",
    "{n,10}:AA{d,33}",
    "discord.com/api/webhooks/{n,19}/{d,68}",
    "M{w,23}.{d,6}.{d,38}",
    "A3-{u,6}-{u,6}-{u,5}-{u,5}-{u,5}-{u,5}",
    "{w,14}.atlasv1.{d,67}",
    "phx_{w,47}",
    "fm2_{b,120}",
    "shippo_live_{h,40}",
    "HRKU-AA{d,58}",
    "pat-na1-{h,8}-{h,4}-{h,4}-{h,4}-{h,12}",
    "EZAK{w,54}",
];

fn drawn(dice: &mut Dice, form: &str) -> String {
    let mut text = String::new();
    for (at, part) in form.split(['{', '}']).enumerate() {
        let Some((alphabet, length)) = part.split_once(',').filter(|_| at % 2 == 1) else {
            text.push_str(part);
            continue;
        };
        let alphabet = match alphabet {
            "w" => WORD,
            "d" => WORD_DASH,
            "b" => BASE64,
            "3" => BASE32,
            "u" => UPPER,
            "l" => LOWER,
            "h" => HEX,
            _ => DIGITS,
        };
        text.push_str(&dice.text(alphabet, length.parse().expect("a length")));
    }
    text
}

fn form(nth: usize) -> &'static str {
    FORMS[nth % FORMS.len()]
}

/// A key by itself, or in a few words. No label says what it is.
pub fn provider(dice: &mut Dice, nth: usize) -> String {
    let key = secret(&drawn(dice, form(nth)));
    match dice.roll(4) {
        0 => key,
        1 => format!("use {key} for now"),
        2 => format!("it is \"{key}\","),
        _ => format!("- {key}"),
    }
}

/// Assigned to a name that tells little.
pub fn assigned(dice: &mut Dice, nth: usize) -> String {
    let key = secret(&drawn(dice, form(nth * 7 + 3)));
    let name = dice.pick(&["CI_BOT", "DEPLOY", "UPSTREAM", "BACKEND_A", "X_USER"]);
    match dice.roll(4) {
        0 => format!("{name}={key}"),
        1 => format!("export {name}=\"{key}\""),
        2 => format!("{}: {key}", name.to_lowercase()),
        _ => format!("\"{}\": \"{key}\",", name.to_lowercase()),
    }
}

/// In the query or the path of an address.
pub fn in_address(dice: &mut Dice, nth: usize) -> String {
    let forms = [
        "AKIA{3,16}",
        "ghp_{w,36}",
        "AIzaSy{d,33}",
        "glpat-{d,20}",
        "sk_live_{w,24}",
        "hf_{w,34}",
    ];
    let (key, free) = (
        secret(&drawn(dice, forms[nth % forms.len()])),
        secret(&dice.text(WORD, 32)),
    );
    match dice.roll(5) {
        0 => format!("https://api.example.com/v1/items?key={key}&page=2"),
        1 => format!("git clone https://{key}@github.com/acme/atlas.git"),
        2 => format!("https://example.com/login/callback?access_token={free}&state=1"),
        3 => format!("GET /reset?token={free} HTTP/1.1"),
        _ => format!(
            "https://files.example.net/x?X-Amz-Signature={}&X-Amz-Date=1",
            secret(&dice.text(HEX, 64))
        ),
    }
}

/// Nothing but its randomness gives it away.
pub fn formless(dice: &mut Dice, _: usize) -> String {
    let key = match dice.roll(5) {
        0 => dice.text(BASE64, 40),
        1 => dice.text(WORD, 32),
        2 => format!("{}=", dice.text(BASE64, 43)),
        3 => dice.text(HEX, 64),
        _ => dice.text(WORD_DASH, 48),
    };
    let key = secret(key.trim_matches(['-', '+', '/', '_']));
    match dice.roll(3) {
        0 => key,
        1 => format!("the new one: {key}"),
        _ => format!("UPSTREAM_B={key}"),
    }
}

/// A label says it is a key, and it is short or plain enough to need that.
pub fn labelled(dice: &mut Dice, _: usize) -> String {
    let length = dice.between(14, 28);
    let key = secret(&dice.text(LOWER, length));
    let key = match dice.roll(2) {
        0 => key,
        _ => secret(&format!(
            "{}-{}-{}",
            dice.text(LOWER, 6),
            dice.text(LOWER, 6),
            dice.text(LOWER, 6)
        )),
    };
    let label = dice.pick(&[
        "API key",
        "api_key",
        "Access token",
        "client_secret",
        "Client Secret",
        "SECRET_KEY",
        "auth_token",
        "API-Schlüssel",
        "Zugriffstoken",
        "clé d'API",
        "clave de API",
        "chiave API",
        "ключ API",
        "API 密钥",
        "license key",
        "webhook secret",
    ]);
    match dice.roll(5) {
        0 => format!("{label}: {key}"),
        1 => format!("{label} = {key}"),
        2 => format!("{label}\n{key}"),
        3 => format!("\"{label}\": \"{key}\""),
        _ => format!("{label} is {key}"),
    }
}

/// As a request carries it.
pub fn header(dice: &mut Dice, _: usize) -> String {
    let bearer = secret(&dice.text(WORD_DASH, 40));
    match dice.roll(5) {
        0 => format!("Authorization: Bearer {bearer}"),
        1 => format!("curl -H 'Authorization: Bearer {bearer}' https://api.example.com"),
        2 => format!(
            "Authorization: Basic {}",
            secret(&base64(format!("anna:{}", dice.text(WORD, 9)).as_bytes()))
        ),
        3 => format!("X-Api-Key: {}", secret(&dice.text(LOWER, 32))),
        _ => format!(
            "Cookie: sessionid={}; theme=dark",
            secret(&dice.text(LOWER, 32))
        ),
    }
}

/// JSON in base64url, signed; sometimes cut by the window's edge.
pub fn web_token(dice: &mut Dice, nth: usize) -> String {
    let head = url64(br#"{"alg":"HS256","typ":"JWT"}"#);
    let body = url64(
        format!(
            "{{\"sub\":\"{}\",\"name\":\"Anna\",\"iat\":17{}}}",
            dice.digits(10),
            dice.digits(8)
        )
        .as_bytes(),
    );
    let whole = format!("{head}.{body}.{}", dice.text(WORD_DASH, 43));
    match nth % 4 {
        0 => secret(&whole),
        1 => format!("token {}", secret(&whole)),
        2 => secret(&super::dice::grouped(&whole, 64, "\n")),
        _ => format!("id_token={}", secret(&format!("{head}.{body}"))),
    }
}

/// A private key as a file shows it, sometimes without its end.
pub fn private_block(dice: &mut Dice, nth: usize) -> String {
    let name = [
        "RSA PRIVATE KEY",
        "OPENSSH PRIVATE KEY",
        "PRIVATE KEY",
        "EC PRIVATE KEY",
        "PGP PRIVATE KEY BLOCK",
    ][nth % 5];
    let lines = dice.between(3, 12);
    let body: Vec<_> = (0..lines).map(|_| dice.text(BASE64, 64)).collect();
    let body = body.join("\n");
    let end = dice.between(20, 60);
    let last = dice.text(BASE64, end);
    match nth % 3 {
        0 => secret(&format!("-----BEGIN {name}-----\n{body}")),
        1 if nth % 5 == 4 => secret(&format!(
            "-----BEGIN {name}-----\n\n{body}\n=abcd\n-----END {name}-----"
        )),
        _ => secret(&format!(
            "-----BEGIN {name}-----\n{body}\n{last}==\n-----END {name}-----"
        )),
    }
}

/// Keys of age, Bitcoin, Ethereum and Nostr.
pub fn age_or_wallet(dice: &mut Dice, nth: usize) -> String {
    const BECH32: &str = "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L";
    match nth % 5 {
        0 => format!(
            "# public key: age1example\n{}",
            secret(&format!("AGE-SECRET-KEY-1{}", dice.text(BECH32, 58)))
        ),
        1 => secret(&format!("xprv9s21ZrQH143K{}", dice.text(BASE58, 96))),
        2 => format!(
            "paper wallet {}",
            secret(&format!(
                "{}{}",
                dice.pick(&["K", "L"]),
                dice.text(BASE58, 51)
            ))
        ),
        3 => format!("private key 0x{}", secret(&dice.text(HEX, 64))),
        _ => secret(&format!("nsec1{}", dice.text(&BECH32.to_lowercase(), 58))),
    }
}

/// What an authenticator is set up with.
pub fn otp_seed(dice: &mut Dice, nth: usize) -> String {
    let seed = dice.text(BASE32, 32);
    match nth % 4 {
        0 => secret(&format!(
            "otpauth://totp/Acme:anna?secret={seed}&issuer=Acme&period=30"
        )),
        1 => format!(
            "Setup key: {}",
            secret(&super::dice::grouped(&seed.to_lowercase(), 4, " "))
        ),
        2 => format!(
            "Can't scan? Enter this secret key instead:\n{}",
            secret(&super::dice::grouped(&seed[..16], 4, " "))
        ),
        _ => format!("TOTP_SECRET={}", secret(&seed)),
    }
}

/// `scheme://user:password@host`.
pub fn database(dice: &mut Dice, nth: usize) -> String {
    let scheme = [
        "postgres",
        "postgresql",
        "mysql",
        "mongodb+srv",
        "redis",
        "amqp",
        "https",
        "ftp",
        "mssql",
        "clickhouse",
    ][nth % 10];
    let user = if scheme == "redis" {
        ""
    } else {
        dice.pick(&["app", "root", "atlas_rw", "anna"])
    };
    let password = password(dice);
    let address = format!(
        "{scheme}://{user}:{}@{}:5432/atlas",
        secret(&password),
        dice.pick(&["db.internal", "10.0.0.7", "localhost"])
    );
    match dice.roll(4) {
        0 => format!("DATABASE_URL={address}"),
        1 => format!("psql \"{address}\""),
        2 => format!("url: {address}?sslmode=require"),
        _ => address,
    }
}

/// Names and values with semicolons or spaces between them.
pub fn connection_string(dice: &mut Dice, nth: usize) -> String {
    let (word, key) = (
        secret(&password(dice)),
        secret(&format!("{}==", dice.text(BASE64, 86))),
    );
    match nth % 6 {
        0 => format!("Server=db.internal;Database=atlas;User Id=sa;Password={word};Encrypt=true"),
        1 => format!(
            "DefaultEndpointsProtocol=https;AccountName=acme;AccountKey={key};EndpointSuffix=core.windows.net"
        ),
        2 => format!("host=db.internal user=app password={word} dbname=atlas"),
        3 => format!("jdbc:mysql://db.internal/atlas?user=app&password={word}"),
        4 => format!("Data Source=db;User ID=app;Pwd={word};"),
        _ => format!(
            "Endpoint=sb://acme.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey={}=",
            secret(&dice.text(BASE64, 43))
        ),
    }
}

/// Characters nobody sees between those of a key or number, and wide forms of them.
pub fn broken_apart(dice: &mut Dice, nth: usize) -> String {
    let key = match nth % 3 {
        0 => drawn(dice, "ghp_{w,36}"),
        1 => drawn(dice, "AKIA{3,16}"),
        _ => super::money::card_number(dice),
    };
    let middle = key.len() / 2;
    match dice.roll(3) {
        0 => secret(&format!("{}\u{200b}{}", &key[..middle], &key[middle..])),
        1 => secret(&format!(
            "{}\u{2060}{}\u{ad}{}",
            &key[..2],
            &key[2..middle],
            &key[middle..]
        )),
        _ => secret(&key.chars().map(wide).collect::<String>()),
    }
}

/// The same character as wide as an ideograph.
fn wide(character: char) -> char {
    char::from_u32(u32::from(character) + 0xfee0).unwrap_or(character)
}

/// As people and their password managers make them.
pub fn password(dice: &mut Dice) -> String {
    let name = dice.pick(&[
        "Sommer", "dragon", "Maple", "kitten", "Berlin", "orange", "Falcon", "winter",
    ]);
    match dice.roll(5) {
        0 => format!("{name}{}!", dice.between(10, 9999)),
        1 => dice.text(WORD, 12),
        2 => format!("{name}_{}", dice.between(10, 999)),
        3 => format!("{}#{}", dice.text(WORD, 6), dice.text(WORD, 4)),
        _ => format!(
            "{}-{}-{}",
            dice.text(WORD, 5),
            dice.text(WORD, 5),
            dice.text(WORD, 5)
        ),
    }
}

/// Bytes in base64url, without padding.
fn url64(bytes: &[u8]) -> String {
    base64(bytes)
        .trim_end_matches('=')
        .replace('+', "-")
        .replace('/', "_")
}

/// Bytes in base64.
pub fn base64(bytes: &[u8]) -> String {
    let digit = |number: u32| char::from(BASE64.as_bytes()[(number & 63) as usize]);
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let number = byte(0) << 16 | byte(1) << 8 | byte(2);
        text.extend(
            [18, 12, 6, 0]
                .map(|shift| digit(number >> shift))
                .iter()
                .take(chunk.len() + 1),
        );
        text.extend(std::iter::repeat_n('=', 3 - chunk.len()));
    }
    text
}
