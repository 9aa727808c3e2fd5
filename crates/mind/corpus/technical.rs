//! What programmers see all day and nobody needs to hide.

use super::{
    Dice,
    dice::{BASE58, BASE64, HEX, LOWER, UPPER, WORD, WORD_DASH, grouped},
    keys::base64,
};

fn a_uuid(dice: &mut Dice) -> String {
    format!(
        "{}-{}-4{}-a{}-{}",
        dice.text(HEX, 8),
        dice.text(HEX, 4),
        dice.text(HEX, 3),
        dice.text(HEX, 3),
        dice.text(HEX, 12)
    )
}

pub fn uuid(dice: &mut Dice, nth: usize) -> String {
    let id = a_uuid(dice);
    match nth % 6 {
        0 => id,
        1 => format!("request_id={id}"),
        2 => format!("/api/users/{id}/edit"),
        3 => id.to_uppercase(),
        4 => format!("UUID=\"{id}\" /home ext4"),
        _ => format!("{{{id}}}"),
    }
}

pub fn commit(dice: &mut Dice, nth: usize) -> String {
    let sha = dice.text(HEX, 40);
    match nth % 7 {
        0 => format!("commit {sha}"),
        1 => format!("{sha} Fix the build"),
        2 => format!("Merge: {} {}", &sha[..7], dice.text(HEX, 7)),
        3 => format!("{sha} refs/heads/main"),
        4 => format!("index {}..{} 100644", &sha[..10], dice.text(HEX, 10)),
        5 => format!("HEAD is now at {} Say what broke", &sha[..9]),
        _ => format!("uses: actions/checkout@{sha} # v4"),
    }
}

pub fn named_hash(dice: &mut Dice, nth: usize) -> String {
    match nth % 8 {
        0 => format!("sha256:{}", dice.text(HEX, 64)),
        1 => format!("{}  linux.iso", dice.text(HEX, 64)),
        2 => format!("MD5 ({}) = {}", "a.txt", dice.text(HEX, 32)),
        3 => format!("ETag: \"{}\"", dice.text(HEX, 32)),
        4 => format!("image: nginx@sha256:{}", dice.text(HEX, 64)),
        5 => format!("SHA256:{} anna@laptop (ED25519)", dice.text(BASE64, 43)),
        6 => format!("checksum = \"{}\"", dice.text(HEX, 64)),
        _ => format!("{}  ./src/main.rs", dice.text(HEX, 32)),
    }
}

pub fn lock_file(dice: &mut Dice, nth: usize) -> String {
    match nth % 5 {
        0 => format!("integrity sha512-{}==", dice.text(BASE64, 86)),
        1 => format!("\"integrity\": \"sha384-{}\",", dice.text(BASE64, 64)),
        2 => format!("--hash=sha256:{}", dice.text(HEX, 64)),
        3 => format!("github.com/acme/x v1.2.3 h1:{}=", dice.text(BASE64, 43)),
        _ => format!(
            "resolved \"https://registry.example.org/a/-/a-1.2.3.tgz#{}\"",
            dice.text(HEX, 40)
        ),
    }
}

pub fn version(dice: &mut Dice, nth: usize) -> String {
    match nth % 6 {
        0 => format!(
            "v{}.{}.{}-rc.{}",
            dice.roll(20),
            dice.roll(20),
            dice.roll(99),
            dice.roll(9)
        ),
        1 => format!(
            "rustc 1.{}.0 ({} 2026-0{}-1{})",
            dice.between(60, 99),
            dice.text(HEX, 9),
            dice.between(1, 9),
            dice.roll(9)
        ),
        2 => format!(
            "Linux 6.{}.{}-{}-generic x86_64",
            dice.roll(12),
            dice.roll(99),
            dice.roll(60)
        ),
        3 => format!(
            "com.example.app_{}.{}.{}.apk",
            dice.roll(9),
            dice.roll(9),
            dice.digits(8)
        ),
        4 => format!("build {} ({})", dice.digits(8), dice.text(HEX, 7)),
        _ => format!(
            "libssl3_3.0.{}-1~deb12u{}_amd64.deb",
            dice.roll(30),
            dice.roll(9)
        ),
    }
}

pub fn colour(dice: &mut Dice, nth: usize) -> String {
    match nth % 6 {
        0 => format!("color: #{};", dice.text(HEX, 6)),
        1 => format!("0x{}", dice.text(HEX, 16)),
        2 => format!(
            "rgba({}, {}, {}, 0.5)",
            dice.roll(256),
            dice.roll(256),
            dice.roll(256)
        ),
        3 => format!(
            "{}: {}  |....|",
            dice.text(HEX, 8),
            grouped(&dice.text(HEX, 32), 2, " ")
        ),
        4 => format!("at 0x{} in main", dice.text(HEX, 12)),
        _ => format!("#{}{}", dice.text(HEX, 6), dice.text(HEX, 2)),
    }
}

pub fn network(dice: &mut Dice, nth: usize) -> String {
    let mut byte = || dice.roll(256);
    match nth % 5 {
        0 => format!("{}.{}.{}.{}:8080", byte(), byte(), byte(), byte()),
        1 => format!("fe80::{}", grouped(&dice.text(HEX, 16), 4, ":")),
        2 => format!("ether {}", grouped(&dice.text(HEX, 12), 2, ":")),
        3 => format!("inet 10.{}.{}.{}/24 brd 10.0.0.255", byte(), byte(), byte()),
        _ => format!("2001:db8:{}", grouped(&dice.text(HEX, 24), 4, ":")),
    }
}

pub fn path(dice: &mut Dice, nth: usize) -> String {
    match nth % 6 {
        0 => format!("/nix/store/{}-glibc-2.40/lib", dice.text(LOWER, 32)),
        1 => format!("target/debug/deps/afterimage-{}", dice.text(HEX, 16)),
        2 => format!(
            "C:\\Users\\Anna\\AppData\\Local\\Temp\\{}.tmp",
            dice.text(UPPER, 8)
        ),
        3 => format!(
            "~/.cache/huggingface/hub/models--bge/snapshots/{}",
            dice.text(HEX, 40)
        ),
        4 => format!(
            "IMG_20{}{}_{}.jpg",
            dice.between(10, 26),
            dice.digits(4),
            dice.digits(6)
        ),
        _ => format!("assets/index-{}.js", dice.text(WORD, 8)),
    }
}

pub fn address(dice: &mut Dice, nth: usize) -> String {
    match nth % 9 {
        0 => format!(
            "https://docs.google.com/document/d/{}/edit",
            dice.text(WORD_DASH, 44)
        ),
        1 => format!(
            "https://www.youtube.com/watch?v={}",
            dice.text(WORD_DASH, 11)
        ),
        2 => format!(
            "https://github.com/acme/atlas/commit/{}",
            dice.text(HEX, 40)
        ),
        3 => format!("https://www.notion.so/acme/Plan-{}", dice.text(HEX, 32)),
        4 => format!(
            "https://example.org/a?utm_source=news&utm_campaign=spring_{}",
            dice.digits(4)
        ),
        5 => format!(
            "https://www.amazon.de/dp/B0{}/ref=sr_1_3",
            dice.text(UPPER, 8)
        ),
        6 => format!(
            "https://maps.example.org/@{}.{},{}.{},15z",
            dice.between(10, 60),
            dice.digits(7),
            dice.between(1, 30),
            dice.digits(7)
        ),
        7 => format!(
            "https://figma.com/file/{}/Board?node-id=1%3A{}",
            dice.text(WORD, 22),
            dice.roll(99)
        ),
        _ => format!("https://zoom.us/j/{}", dice.digits(11)),
    }
}

pub fn code(dice: &mut Dice, nth: usize) -> String {
    [
        "pub fn token(&self) -> &Token { &self.token }",
        "password: string;",
        "if (!user.checkPassword(input)) return false;",
        "let secret: Secret<String> = Secret::new(value);",
        "def reset_password(self, user_id: int) -> None:",
        "tokens = tokenizer.encode(text, max_length=512)",
        "AbstractSingletonProxyFactoryBean2000Implementation",
        "export interface Credentials { username: string; password: string }",
        "const PIN_LENGTH = 4;",
        "assert!(pin.len() == 6, \"a PIN has six digits\");",
        "private_key_path: &Path,",
        "passwords.iter().filter(|p| p.len() < 12).count()",
        "<input type=\"password\" name=\"password\" required />",
        "> SELECT id, password_hash FROM users WHERE id = ?1",
        "expect(screen.getByLabelText('Password')).toBeVisible();",
        "> CREATE TABLE users (id INT, password VARCHAR(255));",
        "secret_key_base_rotation_interval_in_days = 30",
        "max_tokens: 2048, temperature: 0.7",
        "token_count += batch.len();",
        "#[error(\"the passphrase is wrong\")] WrongPassphrase,",
        "match code { 404 => NotFound, 500 => Internal }",
        "public static final String SESSION_TOKEN_HEADER_NAME;",
        "type=\"password\" autocomplete=\"current-password\"",
        "git push origin feature/password-reset-2024",
    ][(nth + dice.roll(24)) % 24]
        .to_owned()
}

pub fn fetches_secret(dice: &mut Dice, nth: usize) -> String {
    [
        "password = os.environ[\"DB_PASSWORD\"]",
        "const token = process.env.GITHUB_TOKEN;",
        "let password = config.password;",
        "DB_PASSWORD=${DB_PASSWORD}",
        "api_key: ${{ secrets.API_KEY }}",
        "password = getpass.getpass()",
        "Authorization: Bearer $TOKEN",
        "token: !vault |",
        "secret: { get: () => vault.read('db') }",
        "password: read_password(&mut stdin)?,",
        "curl -u \"$USER:$PASS\" https://example.com",
        "client_secret = settings.client_secret",
        "--password-file /run/secrets/db",
        "postgres://app:${DB_PASSWORD}@db.internal/atlas",
        "postgres://user:password@localhost/db",
        "password: {{ vault_db_password }}",
        "secretKeyRef: name: db-credentials",
        "aws_secret_access_key = None",
        "token = request.headers.get('X-Token')",
        "PASSWORD=$(pass show mail/work)",
    ][(nth + dice.roll(20)) % 20]
        .to_owned()
}

pub fn placeholder(dice: &mut Dice, nth: usize) -> String {
    [
        "API_KEY=<your-api-key>",
        "password: ********",
        "Password: (hidden)",
        "api_key = \"YOUR_API_KEY\"",
        "token: xxxxxxxx",
        "DB_PASSWORD=changeme",
        "sk-...",
        "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "secret: [REDACTED]",
        "Authorization: Bearer <token>",
        "PIN: ****",
        "CVV: •••",
        "password = \"\"",
        "password: null",
        "AKIAXXXXXXXXXXXXXXXX",
        "your password here",
    ][(nth + dice.roll(16)) % 16]
        .to_owned()
}

pub fn public_key(dice: &mut Dice, nth: usize) -> String {
    match nth % 6 {
        0 => format!(
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{} anna@laptop",
            dice.text(BASE64, 43)
        ),
        1 => format!(
            "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQ{} ben",
            dice.text(BASE64, 330)
        ),
        2 => {
            let lines: Vec<_> = (0..4).map(|_| dice.text(BASE64, 64)).collect();
            let name = dice.pick(&["CERTIFICATE", "PUBLIC KEY", "PGP PUBLIC KEY BLOCK"]);
            format!(
                "-----BEGIN {name}-----\n{}\n-----END {name}-----",
                lines.join("\n")
            )
        }
        3 => format!("age1{}", dice.text("qpzry9x8gf2tvdw0s3jn54khce6mua7l", 58)),
        4 => format!("wallet address 1{}", dice.text(BASE58, 33)),
        _ => format!(
            "Key fingerprint = {}",
            grouped(&dice.text("0123456789ABCDEF", 40), 4, " ")
        ),
    }
}

pub fn object_id(dice: &mut Dice, nth: usize) -> String {
    match nth % 8 {
        0 => format!("ObjectId(\"{}\")", dice.text(HEX, 24)),
        1 => format!("01{}", dice.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ", 24)),
        2 => format!("Message-ID: <CA{}@mail.example.com>", dice.text(WORD, 32)),
        3 => format!("cus_{}", dice.text(WORD, 14)),
        4 => format!("arn:aws:iam::{}:role/deploy", dice.digits(12)),
        5 => format!("i-0{}", dice.text(HEX, 16)),
        6 => format!("pk_live_{}", dice.text(WORD, 24)),
        _ => format!("trace_id={}", dice.text(HEX, 32)),
    }
}

pub fn log_line(dice: &mut Dice, nth: usize) -> String {
    match nth % 6 {
        0 => format!(
            "2026-03-1{}T10:{}:{}.{}Z INFO request done in {} ms",
            dice.roll(9),
            dice.between(10, 59),
            dice.between(10, 59),
            dice.digits(6),
            dice.roll(900)
        ),
        1 => format!(
            "[{}.{}] usb 1-2: new high-speed device number {}",
            dice.digits(5),
            dice.digits(6),
            dice.roll(20)
        ),
        2 => format!(
            "prompt tokens: {} completion tokens: {}",
            dice.digits(4),
            dice.digits(3)
        ),
        3 => format!(
            "Mar 12 08:14:0{} web-1 sshd[{}]: Failed password for root from 10.0.0.{} port {}",
            dice.roll(9),
            dice.digits(5),
            dice.roll(200),
            dice.digits(5)
        ),
        4 => format!("epoch 17{} loss 0.{}", dice.digits(8), dice.digits(6)),
        _ => format!("token {} of 2048, {} tok/s", dice.digits(3), dice.digits(2)),
    }
}

pub fn data_address(dice: &mut Dice, nth: usize) -> String {
    let bytes: Vec<u8> = (0..60).map(|_| dice.roll(256) as u8).collect();
    match nth % 4 {
        0 => format!(
            "data:image/png;base64,iVBORw0KGgo{}",
            dice.text(BASE64, 120)
        ),
        1 => format!(
            "src: url(data:font/woff2;base64,d09GMg{})",
            dice.text(BASE64, 100)
        ),
        2 => format!(
            "Content-Transfer-Encoding: base64\n\n/9j/4AAQSkZJRg{}\n{}",
            dice.text(BASE64, 62),
            dice.text(BASE64, 76)
        ),
        _ => format!(
            "background: url('data:image/gif;base64,{}');",
            base64(&bytes)
        ),
    }
}
