//! One look at the screen: list, grab, list again, judge, mask, compare, and only then a frame.

use crate::{
    Monitor, PasswordField, Rules, Screen, ScreenError, SeenWindow, Stir, Verdict,
    region::uncovered,
};
use afterimage_domain::{Frame, FrameId, Pixels, Rect, Timestamp, Window, frame::Mask};
use std::{collections::HashMap, thread, time::Duration};

/// Looks at a screen by the rules and hands on what is new.
pub struct Watcher {
    screen: Box<dyn Screen>,
    rules: Rules,
    /// How often a small change has been seen in a row, by monitor.
    small_changes: HashMap<String, u32>,
    /// Whether no window moved since programs had time to paint.
    is_settled: bool,
}

/// What one look at one monitor came to.
pub enum Look {
    /// Something new: a frame.
    Kept(Box<Frame>),
    /// The same picture as the last kept one.
    Unchanged,
    /// Everything in view is excluded; the reason is told to the user.
    Filtered(String),
    /// Windows moved during the grab, so that a mask might have missed; the picture was dropped.
    Raced,
}

/// Compares masked pictures; the caller of capture brings it, because the arithmetic may run on a graphics card.
pub trait Compare {
    /// How `pixels` differ from the picture last remembered for this monitor.
    fn compare(&mut self, monitor: &str, pixels: &Pixels) -> Difference;

    /// The picture last compared for this monitor is kept: compare with it from now on.
    fn remember(&mut self, monitor: &str);
}

/// How a masked picture differs from the last kept one of the same monitor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Perceptual hash (64-bit difference hash).
    pub hash: u64,
    /// Regions that changed; the whole picture when there is none to compare with.
    pub changed: Vec<Rect>,
}

/// What the rules would let through now.
pub struct Preview {
    /// The monitor.
    pub monitor: String,
    /// The masked picture.
    pub pixels: Pixels,
    /// What may be read, front first.
    pub windows: Vec<Window>,
    /// What is painted over.
    pub masks: Vec<Mask>,
}

/// Masks reach this far beyond the window, in pixels: shadows, rounding, and moves of a pixel or two.
const MASK_MARGIN: u32 = 8;

/// And this far beyond a password field.
const FIELD_MARGIN: u32 = 2;

/// The colour of a mask.
const MASK_COLOR: [u8; 4] = [24, 24, 27, 255];

/// Where a window went, its pixels stay until the program behind it has painted again, which no list tells of.
const SETTLING: Duration = Duration::from_millis(150);

/// A change of at most this many pixels (two tiles of 32 x 32) is small: a blinking caret, a clock.
const SMALL_CHANGE: u64 = 2 * 32 * 32;

/// A small change is kept once it has been there for this many looks in a row.
const SMALL_CHANGE_LOOKS: u32 = 3;

impl Watcher {
    /// Watches `screen` by `rules`.
    pub fn new(screen: Box<dyn Screen>, rules: Rules) -> Self {
        Self {
            screen,
            rules,
            small_changes: HashMap::new(),
            is_settled: false,
        }
    }

    /// Rules take effect with the next look.
    pub fn set_rules(&mut self, rules: Rules) {
        self.rules = rules;
    }

    /// The screen being watched.
    pub fn screen(&mut self) -> &mut dyn Screen {
        self.screen.as_mut()
    }

    /// Looks at every monitor once. `ids` gives a new id for each frame.
    pub fn look(
        &mut self,
        at: Timestamp,
        compare: &mut dyn Compare,
        ids: &mut dyn FnMut() -> FrameId,
    ) -> Result<Vec<Look>, ScreenError> {
        let monitors = self.screen.monitors()?;
        monitors
            .iter()
            .map(|monitor| self.look_at(monitor, at, compare, ids))
            .collect()
    }

    /// What would be recorded now. Nothing is remembered.
    pub fn preview(&mut self) -> Result<Vec<Preview>, ScreenError> {
        let monitors = self.screen.monitors()?;
        let mut previews = vec![];
        for monitor in &monitors {
            let seen = loop_until_still(|| self.see(monitor))?;
            previews.push(Preview {
                monitor: monitor.name.clone(),
                pixels: seen.pixels,
                windows: seen.windows,
                masks: seen.masks,
            });
        }
        Ok(previews)
    }

    fn look_at(
        &mut self,
        monitor: &Monitor,
        at: Timestamp,
        compare: &mut dyn Compare,
        ids: &mut dyn FnMut() -> FrameId,
    ) -> Result<Look, ScreenError> {
        let Some(seen) = self.see(monitor)? else {
            return Ok(Look::Raced);
        };
        if let (true, Some(mask)) = (seen.windows.is_empty(), seen.masks.first()) {
            return Ok(Look::Filtered(mask.reason.clone()));
        }
        let difference = compare.compare(&monitor.name, &seen.pixels);
        if !self.is_worth_keeping(&monitor.name, &difference) {
            return Ok(Look::Unchanged);
        }
        compare.remember(&monitor.name);
        Ok(Look::Kept(Box::new(Frame {
            id: ids(),
            at,
            monitor: monitor.name.clone(),
            monitor_bounds: monitor.bounds,
            windows: seen.windows,
            masks: seen.masks,
            pixels: seen.pixels,
            hash: difference.hash,
            changed: difference.changed,
        })))
    }

    /// A change of a few pixels counts only when it stays.
    fn is_worth_keeping(&mut self, monitor: &str, difference: &Difference) -> bool {
        let looks = self.small_changes.entry(monitor.to_owned()).or_default();
        let changed: u64 = difference.changed.iter().map(Rect::area).sum();
        match changed {
            0 => *looks = 0,
            1..=SMALL_CHANGE => *looks += 1,
            _ => *looks = SMALL_CHANGE_LOOKS,
        }
        let keep = *looks >= SMALL_CHANGE_LOOKS;
        if keep {
            *looks = 0;
        }
        keep
    }

    /// Waits a moment if windows moved since the last look; whether they are still by then.
    fn has_settled(&mut self) -> Result<bool, ScreenError> {
        let moved = self.screen.stir()?.moved;
        if moved || !self.is_settled {
            thread::sleep(SETTLING);
            self.is_settled = !self.screen.stir()?.moved;
        }
        Ok(self.is_settled)
    }

    /// One masked grab, or `None` when windows that must be masked changed meanwhile, or may have.
    fn see(&mut self, monitor: &Monitor) -> Result<Option<Seen>, ScreenError> {
        if !self.has_settled()? {
            return Ok(None);
        }
        let before = self.screen.windows()?;
        let mut fields = self.screen.password_fields();
        let mut pixels = self.screen.grab(monitor)?;
        let after = self.screen.windows()?;
        fields.extend(self.screen.password_fields());
        let stir = self.screen.stir()?;
        self.is_settled = !stir.moved;
        if stir != Stir::default() {
            return Ok(None);
        }
        let mut verdicts = self.rules.judge(&before);
        if what_is_masked(&before, &verdicts) != what_is_masked(&after, &self.rules.judge(&after)) {
            return Ok(None);
        }
        judge_unplaced(&before, &mut verdicts, &fields);
        let mut masks = masks(monitor, &before, &verdicts);
        masks.extend(field_masks(monitor, &before, &fields));
        for mask in &masks {
            pixels.fill(&mask.bounds, MASK_COLOR);
        }
        let windows = visible(monitor, &before, &verdicts);
        Ok(Some(Seen {
            pixels,
            windows,
            masks,
        }))
    }
}

struct Seen {
    pixels: Pixels,
    windows: Vec<Window>,
    masks: Vec<Mask>,
}

/// Tries a few times until no window moved during the grab.
fn loop_until_still(
    mut see: impl FnMut() -> Result<Option<Seen>, ScreenError>,
) -> Result<Seen, ScreenError> {
    for _ in 0..5 {
        if let Some(seen) = see()? {
            return Ok(seen);
        }
    }
    Err(ScreenError::Grab("windows keep moving".into()))
}

/// What a race would have to change to matter: where masked windows are, and what lies in front of them.
fn what_is_masked(windows: &[SeenWindow], verdicts: &[Verdict]) -> Vec<(u32, Rect)> {
    let Some(last) = verdicts
        .iter()
        .rposition(|verdict| *verdict != Verdict::Allow)
    else {
        return vec![];
    };
    windows[..=last]
        .iter()
        .map(|window| (window.handle, window.bounds))
        .collect()
}

/// The visible parts of masked windows, in the monitor's coordinates. A translucent window covers nothing.
fn masks(monitor: &Monitor, windows: &[SeenWindow], verdicts: &[Verdict]) -> Vec<Mask> {
    let mut covers: Vec<Rect> = vec![];
    let mut masks = vec![];
    for (window, verdict) in windows.iter().zip(verdicts) {
        match verdict {
            Verdict::Allow if !window.translucent => covers.push(window.bounds),
            Verdict::Allow => {}
            Verdict::Mask(reason) => masks.extend(
                uncovered(window.bounds, &covers)
                    .into_iter()
                    .filter_map(|part| on_monitor(&part.grown(MASK_MARGIN), monitor))
                    .map(|bounds| Mask {
                        bounds,
                        reason: (*reason).into(),
                    }),
            ),
        }
    }
    masks
}

/// All windows of a program that has a password field and does not say where.
fn judge_unplaced(windows: &[SeenWindow], verdicts: &mut [Verdict], fields: &[PasswordField]) {
    let is_unplaced = |pid: u32| {
        let mut own = fields.iter().filter(|field| field.pid == pid);
        own.any(|field| field.bounds.is_none())
    };
    for (window, verdict) in windows.iter().zip(verdicts) {
        if *verdict == Verdict::Allow && is_unplaced(window.pid) {
            *verdict = Verdict::Mask("password field");
        }
    }
}

/// The visible parts of password fields, in the monitor's coordinates. Of a program without a window of its own, all of them.
fn field_masks(monitor: &Monitor, windows: &[SeenWindow], fields: &[PasswordField]) -> Vec<Mask> {
    let mut masks: Vec<Mask> = vec![];
    for field in fields {
        let Some(bounds) = field.bounds else { continue };
        let is_own = |window: &&SeenWindow| window.pid == field.pid;
        let mut covers: Vec<Rect> = vec![];
        let mut parts = match windows.iter().any(|window| is_own(&window)) {
            true => vec![],
            false => vec![bounds],
        };
        for window in windows {
            if is_own(&window) {
                parts.extend(uncovered(bounds, &covers));
                break;
            }
            if !window.translucent {
                covers.push(window.bounds);
            }
        }
        let seen = parts
            .iter()
            .filter_map(|part| on_monitor(&part.grown(FIELD_MARGIN), monitor));
        for bounds in seen {
            let reason = "password field".into();
            let mask = Mask { bounds, reason };
            if !masks.contains(&mask) {
                masks.push(mask);
            }
        }
    }
    masks
}

/// Allowed windows of which something can be seen on the monitor, front first.
fn visible(monitor: &Monitor, windows: &[SeenWindow], verdicts: &[Verdict]) -> Vec<Window> {
    let mut covers: Vec<Rect> = vec![];
    let mut visible = vec![];
    for (window, verdict) in windows.iter().zip(verdicts) {
        let can_be_seen = uncovered(window.bounds, &covers)
            .iter()
            .any(|part| part.intersection(&monitor.bounds).is_some());
        if *verdict == Verdict::Allow && can_be_seen {
            visible.push(Window {
                handle: window.handle,
                app: window.app.clone(),
                title: window.title.clone(),
                pid: window.pid,
                bounds: relative(&window.bounds, monitor),
                focused: window.focused,
            });
        }
        if !window.translucent {
            covers.push(window.bounds);
        }
    }
    visible
}

fn on_monitor(area: &Rect, monitor: &Monitor) -> Option<Rect> {
    area.intersection(&monitor.bounds)
        .map(|part| relative(&part, monitor))
}

fn relative(area: &Rect, monitor: &Monitor) -> Rect {
    Rect::new(
        area.x - monitor.bounds.x,
        area.y - monitor.bounds.y,
        area.width,
        area.height,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    const BRIGHT: u8 = 200;

    /// A desktop in memory: every window paints its handle as a grey value, back to front.
    #[derive(Default)]
    struct Desktop {
        windows: Vec<SeenWindow>,
        /// What the list is after the grab, when it changes.
        after: Option<Vec<SeenWindow>>,
        grabbed: bool,
        /// What is told to have happened, each once.
        stirs: Vec<Stir>,
        fields: Vec<PasswordField>,
    }

    struct Scripted(Arc<Mutex<Desktop>>);

    impl Screen for Scripted {
        fn advance(&mut self, now: Timestamp) -> Option<Timestamp> {
            Some(now)
        }

        fn monitors(&mut self) -> Result<Vec<Monitor>, ScreenError> {
            Ok(vec![Monitor {
                name: "one".into(),
                bounds: Rect::new(100, 0, 200, 100),
            }])
        }

        fn windows(&mut self) -> Result<Vec<SeenWindow>, ScreenError> {
            let desktop = self.0.lock().unwrap();
            match &desktop.after {
                Some(after) if desktop.grabbed => Ok(after.clone()),
                _ => Ok(desktop.windows.clone()),
            }
        }

        fn grab(&mut self, monitor: &Monitor) -> Result<Pixels, ScreenError> {
            let mut desktop = self.0.lock().unwrap();
            desktop.grabbed = true;
            let (width, height) = (monitor.bounds.width, monitor.bounds.height);
            let mut pixels =
                Pixels::new(width, height, vec![0; (width * height * 4) as usize]).unwrap();
            for window in desktop.windows.iter().rev() {
                let bounds = relative(&window.bounds, monitor);
                pixels.fill(&bounds, [BRIGHT + window.handle as u8; 4]);
            }
            Ok(pixels)
        }

        fn stir(&mut self) -> Result<Stir, ScreenError> {
            Ok(self.0.lock().unwrap().stirs.pop().unwrap_or_default())
        }

        fn password_fields(&mut self) -> Vec<PasswordField> {
            self.0.lock().unwrap().fields.clone()
        }

        fn idle(&mut self) -> Result<Option<Duration>, ScreenError> {
            Ok(None)
        }
    }

    /// Compares as told.
    struct Always(Vec<Rect>);

    impl Compare for Always {
        fn compare(&mut self, _monitor: &str, _pixels: &Pixels) -> Difference {
            Difference {
                hash: 1,
                changed: self.0.clone(),
            }
        }

        fn remember(&mut self, _monitor: &str) {}
    }

    fn everything() -> Always {
        Always(vec![Rect::new(0, 0, 200, 100)])
    }

    fn window(handle: u32, app: &str, bounds: Rect) -> SeenWindow {
        SeenWindow {
            handle,
            app: app.into(),
            bounds,
            pid: handle,
            ..Default::default()
        }
    }

    fn watcher(windows: Vec<SeenWindow>) -> (Watcher, Arc<Mutex<Desktop>>) {
        let desktop = Arc::new(Mutex::new(Desktop {
            windows,
            ..Default::default()
        }));
        let rules = Rules::new(&["secret".into()], &[], true).unwrap();
        (
            Watcher::new(Box::new(Scripted(desktop.clone())), rules),
            desktop,
        )
    }

    fn look(watcher: &mut Watcher, compare: &mut Always) -> Look {
        let mut id = || {
            FrameId(afterimage_domain::id::uuid_v7(
                Timestamp::default(),
                [0; 10],
            ))
        };
        watcher
            .look(Timestamp::default(), compare, &mut id)
            .unwrap()
            .remove(0)
    }

    fn kept(look: Look) -> Frame {
        match look {
            Look::Kept(frame) => *frame,
            _ => panic!("expected a frame"),
        }
    }

    fn has_gray(frame: &Frame, handle: u8) -> bool {
        frame
            .pixels
            .rgba()
            .chunks(4)
            .any(|pixel| pixel[0] == BRIGHT + handle)
    }

    #[test]
    fn an_excluded_window_is_painted_over_in_front_and_behind() {
        let secret = window(1, "secret", Rect::new(120, 20, 60, 60));
        let open = window(2, "editor", Rect::new(150, 10, 100, 50));
        for windows in [vec![secret.clone(), open.clone()], vec![open, secret]] {
            let (mut watcher, _) = watcher(windows);
            let frame = kept(look(&mut watcher, &mut everything()));
            assert!(!has_gray(&frame, 1));
            assert!(has_gray(&frame, 2));
            assert_eq!(frame.windows.len(), 1);
            assert_eq!(frame.windows[0].bounds, Rect::new(50, 10, 100, 50));
            assert!(!frame.masks.is_empty());
        }
    }

    #[test]
    fn w6_a_password_field_is_painted_over_where_it_can_be_seen() {
        let form = window(1, "login", Rect::new(120, 20, 60, 60));
        let front = window(2, "editor", Rect::new(100, 0, 40, 100));
        let (mut watcher, desktop) = watcher(vec![front, form]);
        desktop.lock().unwrap().fields = vec![PasswordField {
            pid: 1,
            bounds: Some(Rect::new(130, 40, 30, 10)),
        }];
        let frame = kept(look(&mut watcher, &mut everything()));
        let expected = Mask {
            bounds: Rect::new(38, 38, 24, 14),
            reason: "password field".into(),
        };
        assert_eq!(frame.masks, [expected]);
        assert_eq!(frame.windows.len(), 2);
        assert!(has_gray(&frame, 1) && has_gray(&frame, 2));
    }

    #[test]
    fn w6_a_field_that_nobody_places_takes_the_windows_of_its_program() {
        let form = window(1, "login", Rect::new(120, 20, 60, 60));
        let other = window(2, "editor", Rect::new(200, 0, 90, 100));
        let (mut watcher, desktop) = watcher(vec![form, other]);
        let bounds = None;
        desktop.lock().unwrap().fields = vec![PasswordField { pid: 1, bounds }];
        let frame = kept(look(&mut watcher, &mut everything()));
        assert!(!has_gray(&frame, 1) && has_gray(&frame, 2));
        assert_eq!(frame.windows.len(), 1);
    }

    #[test]
    fn what_shines_through_a_translucent_window_is_painted_over() {
        let secret = window(1, "secret", Rect::new(120, 20, 60, 60));
        let glass = SeenWindow {
            translucent: true,
            ..window(2, "editor", Rect::new(100, 0, 200, 100))
        };
        let (mut watcher, _) = watcher(vec![glass, secret]);
        let frame = kept(look(&mut watcher, &mut everything()));
        let hidden = Rect::new(20, 20, 60, 60);
        assert!(
            frame
                .masks
                .iter()
                .any(|mask| mask.bounds.intersection(&hidden) == Some(hidden))
        );
    }

    #[test]
    fn a_fully_covered_excluded_window_leaves_the_front_readable() {
        let secret = window(1, "secret", Rect::new(120, 20, 60, 60));
        let open = window(2, "editor", Rect::new(100, 0, 200, 100));
        let (mut watcher, _) = watcher(vec![open, secret]);
        assert!(kept(look(&mut watcher, &mut everything())).masks.is_empty());
    }

    #[test]
    fn windows_that_move_during_the_grab_drop_the_picture() {
        let secret = |x| window(1, "secret", Rect::new(x, 20, 60, 60));
        let (mut watcher, desktop) = watcher(vec![secret(120)]);
        desktop.lock().unwrap().after = Some(vec![secret(160)]);
        assert!(matches!(look(&mut watcher, &mut everything()), Look::Raced));
    }

    #[test]
    fn a_private_window_that_opens_during_the_grab_drops_the_picture() {
        let open = window(2, "editor", Rect::new(150, 10, 100, 50));
        let (mut watcher, desktop) = watcher(vec![open.clone()]);
        desktop.lock().unwrap().after =
            Some(vec![window(1, "secret", Rect::new(120, 20, 60, 60)), open]);
        assert!(matches!(look(&mut watcher, &mut everything()), Look::Raced));
    }

    #[test]
    fn w2_a_window_that_came_and_went_during_the_grab_drops_the_picture() {
        for (moved, renamed) in [(true, false), (false, true)] {
            let open = window(2, "editor", Rect::new(150, 10, 100, 50));
            let (mut watcher, desktop) = watcher(vec![open]);
            // Told last first: nothing before the grab and while it settles, and then what came and went.
            desktop.lock().unwrap().stirs =
                vec![Stir { moved, renamed }, Stir::default(), Stir::default()];
            assert!(matches!(look(&mut watcher, &mut everything()), Look::Raced));
            assert!(matches!(
                look(&mut watcher, &mut everything()),
                Look::Kept(_)
            ));
        }
    }

    #[test]
    fn w3_while_windows_keep_moving_nothing_is_kept() {
        let (mut watcher, desktop) =
            watcher(vec![window(2, "editor", Rect::new(150, 10, 100, 50))]);
        let moved = Stir {
            moved: true,
            renamed: false,
        };
        desktop.lock().unwrap().stirs = vec![moved; 4];
        for _ in 0..2 {
            assert!(matches!(look(&mut watcher, &mut everything()), Look::Raced));
            assert!(!desktop.lock().unwrap().grabbed, "grabbed too early");
        }
        assert!(matches!(
            look(&mut watcher, &mut everything()),
            Look::Kept(_)
        ));
    }

    #[test]
    fn a_screen_with_nothing_but_excluded_windows_is_filtered() {
        let (mut watcher, _) = watcher(vec![window(1, "secret", Rect::new(100, 0, 200, 100))]);
        assert!(
            matches!(look(&mut watcher, &mut everything()), Look::Filtered(reason) if reason == "excluded app")
        );
    }

    #[test]
    fn an_unchanged_screen_is_not_kept_and_a_small_change_only_when_it_stays() {
        let (mut watcher, _) = watcher(vec![window(2, "editor", Rect::new(150, 10, 100, 50))]);
        assert!(matches!(
            look(&mut watcher, &mut Always(vec![])),
            Look::Unchanged
        ));
        let mut caret = Always(vec![Rect::new(0, 0, 32, 32)]);
        let kept: Vec<_> = (0..3)
            .map(|_| matches!(look(&mut watcher, &mut caret), Look::Kept(_)))
            .collect();
        assert_eq!(kept, [false, false, true]);
    }

    #[test]
    fn new_rules_hold_from_the_next_look() {
        let (mut watcher, _) = watcher(vec![window(2, "editor", Rect::new(100, 0, 200, 100))]);
        assert!(matches!(
            look(&mut watcher, &mut everything()),
            Look::Kept(_)
        ));
        watcher.set_rules(Rules::new(&["editor".into()], &[], true).unwrap());
        assert!(matches!(
            look(&mut watcher, &mut everything()),
            Look::Filtered(_)
        ));
    }
}
