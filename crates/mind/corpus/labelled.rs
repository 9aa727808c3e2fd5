//! Passwords, PINs and codes that only the words beside them give away.

use super::{Dice, keys::password, secret};

/// "Password" in the languages most screens speak.
const PASSWORD: &[&str] = &[
    "Password",
    "password",
    "Passwort",
    "Kennwort",
    "Mot de passe",
    "Contraseña",
    "Senha",
    "Wachtwoord",
    "Hasło",
    "Пароль",
    "密码",
    "パスワード",
    "비밀번호",
    "Lösenord",
    "Şifre",
    "Passord",
    "Adgangskode",
    "Heslo",
    "Jelszó",
    "Salasana",
    "Κωδικός πρόσβασης",
    "סיסמה",
    "كلمة المرور",
    "Master password",
    "Wi-Fi password",
    "WLAN-Passwort",
    "WPA2 key",
    "Pass",
    "pwd",
    "New password",
];

const USER: &[&str] = &[
    "User",
    "Username",
    "Benutzer",
    "Login",
    "Utilisateur",
    "Usuario",
    "E-mail",
];
const PEOPLE: &[&str] = &[
    "anna",
    "ben.k",
    "admin",
    "chidi@example.org",
    "root",
    "guest",
];

/// On one line, with a sign between.
pub fn password_after(dice: &mut Dice, nth: usize) -> String {
    let (label, value) = (PASSWORD[nth % PASSWORD.len()], secret(&password(dice)));
    let (user, name) = (dice.pick(USER), dice.pick(PEOPLE));
    match dice.roll(6) {
        0 => format!("{label}: {value}"),
        1 => format!("{label} = {value}"),
        2 => format!("{user}: {name}  {label}: {value}"),
        3 => format!("{user}: {name}\n{label}: {value}"),
        4 => format!("{label}   {value}"),
        _ => format!("{user} {name} / {label} - {value}"),
    }
}

/// A form's field under its name.
pub fn password_below(dice: &mut Dice, nth: usize) -> String {
    let (label, value) = (PASSWORD[nth % PASSWORD.len()], secret(&password(dice)));
    let (user, name) = (dice.pick(USER), dice.pick(PEOPLE));
    match dice.roll(4) {
        0 => format!("{label}\n{value}"),
        1 => format!("{user}\n{name}\n{label}\n{value}"),
        2 => format!("{label}:\n{value}\nShow"),
        _ => format!("{label} *\n{value}"),
    }
}

pub fn password_in_sentence(dice: &mut Dice, nth: usize) -> String {
    let value = secret(&password(dice));
    let sentence = [
        "the password is {}",
        "password for the router is {} btw",
        "das Passwort ist {}",
        "das Passwort lautet {}",
        "le mot de passe est {}",
        "la contraseña es {}",
        "a senha é {}",
        "la password è {}",
        "het wachtwoord is {}",
        "hasło to {}",
        "пароль от почты: {}",
        "密码是{}",
        "my new password will be {}",
        "the wifi password was changed to {}",
        "try password {} instead",
        "use {} as password",
        "log in with user anna and password {}",
        "lösenordet är {}",
        "pw: {}",
        "passwd is {}",
    ][nth % 20];
    sentence.replace("{}", &value)
}

/// A column of them under its heading.
pub fn password_in_table(dice: &mut Dice, nth: usize) -> String {
    let label = dice.pick(&[
        "Password",
        "Passwort",
        "Mot de passe",
        "Contraseña",
        "Пароль",
        "Senha",
    ]);
    let (cells, rows) = ([" | ", "   ", "\t", ", "][nth % 4], dice.between(2, 4));
    let mut table = ["Site", "User", label].join(cells);
    for _ in 0..rows {
        let (site, name) = (
            dice.pick(&["router", "nas", "mail", "blog", "shop"]),
            dice.pick(PEOPLE),
        );
        table.push('\n');
        table.push_str(&[site, name, &secret(&password(dice))].join(cells));
    }
    table
}

pub fn password_in_setting(dice: &mut Dice, nth: usize) -> String {
    let value = secret(&password(dice));
    let setting = [
        "DB_PASSWORD={}",
        "MYSQL_ROOT_PASSWORD: \"{}\"",
        "  password: {}",
        "\"password\": \"{}\",",
        "password = '{}'",
        "spring.datasource.password={}",
        "const dbPassword = \"{}\";",
        "<password>{}</password>",
        "smtp_pass: {}",
        "$config['db_password'] = '{}';",
        "machine example.org login anna password {}",
        "WIFI:T:WPA;S:home;P:{};;",
        "wpa_passphrase={}",
        "psk=\"{}\"",
        "password=\"{}\" user=\"anna\"",
        "<input type=\"password\" value=\"{}\">",
    ][nth % 16];
    setting.replace("{}", &value)
}

pub fn password_in_command(dice: &mut Dice, nth: usize) -> String {
    let value = secret(&password(dice));
    let command = [
        "mysql -u root -p{} atlas",
        "curl -u anna:{} https://example.com/api",
        "sshpass -p {} ssh anna@web-1",
        "PGPASSWORD={} psql -h db atlas",
        "docker login -u anna --password {}",
        "htpasswd -b .htpasswd anna {}",
        "net use Z: \\\\nas\\share {} /user:anna",
        "redis-cli -a {} ping",
        "openssl enc -aes-256-cbc -k {} -in a",
        "mongo --username anna --password={}",
        "7z x -p{} backup.7z",
        "echo '{}' | sudo -S reboot",
        "wget --http-password={} https://example.com",
        "curl --user anna:{} https://example.com",
    ][nth % 14];
    command.replace("{}", &value)
}

pub fn pin(dice: &mut Dice, nth: usize) -> String {
    let length = if nth.is_multiple_of(3) { 6 } else { 4 };
    let value = secret(&dice.text("0123456789", length));
    let words = [
        "PIN: {}",
        "your PIN is {}.",
        "PIN\n{}",
        "SIM PIN {}",
        "PUK: {}",
        "Die PIN lautet {}",
        "code PIN : {}",
        "mi PIN es {}",
        "door code: {}",
        "Türcode: {}",
        "alarm code {}",
        "ПИН-код: {}",
        "kod PIN: {}",
        "unlock PIN = {}",
        "card PIN {}",
        "PIN-код {}",
        "密碼 PIN：{}",
    ][nth % 17];
    words.replace("{}", &value)
}

pub fn card_code(dice: &mut Dice, nth: usize) -> String {
    let value = secret(&dice.text("0123456789", 3));
    let words = [
        "CVV: {}",
        "CVC {}",
        "CVV2\n{}",
        "security code: {}",
        "exp 12/28 cvv {}",
        "Prüfnummer: {}",
        "cryptogramme : {}",
        "código de seguridad: {}",
        "Kartenprüfnummer {}",
        "código CVV: {}",
        "card code is {}",
        "CVC/CVV: {}",
        "Security code (CVV)\n{}",
    ][nth % 13];
    words.replace("{}", &value)
}

pub fn one_time_code(dice: &mut Dice, nth: usize) -> String {
    let digits = dice.text("0123456789", 6);
    let value = match dice.roll(3) {
        0 => format!("{} {}", &digits[..3], &digits[3..]),
        _ => digits.clone(),
    };
    let words = [
        "Your verification code is {}.",
        "{} is your Google verification code.",
        "G-{} is your verification code",
        "Your code: {}. Do not share it.",
        "Ihr Bestätigungscode lautet {}",
        "Votre code de vérification est {}",
        "Tu código de verificación es {}",
        "Код подтверждения: {}",
        "验证码：{}",
        "Use {} as your one-time password",
        "OTP {}",
        "Enter {} to log in",
        "Twój kod weryfikacyjny to {}",
        "Il tuo codice di verifica è {}",
        "Your login code: {}",
        "2FA code {}",
        "Seu código de verificação é {}",
        "mTAN: {}",
        "認証コード：{}",
        "Je verificatiecode is {}",
    ][nth % 20];
    words.replace("{}", &secret(&value))
}
