//! Words: about passwords without one, with words that are labels elsewhere, from the seed list without being a seed.

use super::{Dice, phrases};

pub fn about_passwords(dice: &mut Dice, nth: usize) -> String {
    [
        "Forgot your password?",
        "Your password will expire in 7 days.",
        "Password must have at least 12 characters.",
        "The password manager is open source.",
        "I always forget the password of the router, can you look it up?",
        "Das Passwort muss mindestens 8 Zeichen lang sein.",
        "Passwort vergessen?",
        "Mot de passe oublié ?",
        "¿Olvidaste tu contraseña?",
        "Please never send your password or PIN by mail.",
        "We will never ask for your PIN.",
        "The secret of a good soup is patience.",
        "Change password\nSign out",
        "Wrong password. Try again in 30 seconds.",
        "Enter the code we sent to your phone.",
        "Her password was her dog's name, which is a bad idea.",
        "Two tokens of appreciation were given to the team.",
        "The API key was rotated last Tuesday.",
        "A passphrase of six words is stronger than most passwords.",
        "Забыли пароль?",
        "Nie pamiętasz hasła?",
        "忘记密码？",
        "Password changed successfully on 12 March 2026",
        "Password strength: strong",
        "the password is in the vault",
        "My PIN is the same as always, and no, you can't have it",
        "Passwords don't match",
        "Sign in with a password instead",
        "Wachtwoord vergeten?",
        "Hai dimenticato la password?",
    ][(nth + dice.roll(30)) % 30]
        .to_owned()
}

pub fn empty_form(dice: &mut Dice, nth: usize) -> String {
    [
        "Username\nPassword\nRemember me\nSign in",
        "E-mail\nPassword\nForgot password?\nLog in",
        "Benutzername\nPasswort\nAnmelden",
        "Card number\nExpiry\nCVV\nPay now",
        "PIN\nConfirm\nCancel",
        "Current password\nNew password\nRepeat new password\nSave",
        "API key\nGenerate\nRevoke",
        "Name  User  Password\nAdd row",
        "Password *\nRequired",
        "Security code\n?",
        "Identifiant\nMot de passe\nSe connecter",
        "Usuario\nContraseña\nIniciar sesión",
        "Access tokens\nNo tokens yet",
        "Recovery codes\nGenerate new codes",
        "Social Security Number\nNext",
        "Passphrase\nUnlock",
    ][(nth + dice.roll(16)) % 16]
        .to_owned()
}

pub fn with_label_words(dice: &mut Dice, nth: usize) -> String {
    let number = dice.between(1900, 2030);
    [
        "spinning since {}",
        "the secretary wrote this in {}",
        "tokens: {} in, 512 out",
        "Spin class at {}",
        "pin the message, then close #{}",
        "The secret garden ({})",
        "Pinterest had {} new ideas",
        "passing {} cars a minute",
        "key takeaways of {}",
        "security review {} is done",
        "tan lines of summer {}",
        "a pass for the museum in {}",
        "Bearer of good news since {}",
        "code review of {} lines",
        "The Pin is a novel from {}",
        "the access key point of {}",
        "SIN city opened in {}",
        "passport control took {} seconds",
    ][nth % 18]
        .replace("{}", &number.to_string())
}

/// Words of the list in other order or number than a seed's: the check must not fit.
pub fn seed_words(dice: &mut Dice, nth: usize) -> String {
    let count = [5, 8, 12, 11, 24, 15][nth % 6];
    loop {
        let list: Vec<&str> = phrases::WORDS.lines().collect();
        let words: Vec<_> = (0..count).map(|_| dice.pick(&list)).collect();
        if !(12..=count)
            .step_by(3)
            .any(|length| words.windows(length).any(phrases::is_seed))
        {
            return words.join(" ");
        }
    }
}

pub fn long_words(dice: &mut Dice, nth: usize) -> String {
    [
        "Donaudampfschifffahrtsgesellschaftskapitän",
        "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz",
        "sk-learn-is-not-a-key-but-a-library-name",
        "pneumonoultramicroscopicsilicovolcanoconiosis",
        "feature/ATLAS-1234-make-the-map-load-faster-on-old-phones",
        "the-quick-brown-fox-jumps-over-the-lazy-dog-2024-edition",
        "getUserAccountSettingsByOrganizationIdAndRole",
        "THIS_IS_A_VERY_LONG_CONSTANT_NAME_2",
        "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogoch",
        "org.springframework.boot.autoconfigure.SpringBootApplication",
        "x86_64-unknown-linux-gnu",
        "data-testid=\"settings-page-save-button-primary\"",
        "aws-cdk-lib/aws-elasticloadbalancingv2",
        "MacBookPro18,3 macOS 15.2",
    ][(nth + dice.roll(14)) % 14]
        .to_owned()
}
