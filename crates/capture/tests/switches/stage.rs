//! Windows of programs that may be seen and of such that may not, and what people do to them.

use crate::colors::{open_color, private_color};
use std::{
    collections::VecDeque,
    thread,
    time::{Duration, Instant},
};
use x11rb::{
    COPY_DEPTH_FROM_PARENT,
    connection::Connection,
    protocol::{
        Event,
        xproto::{
            AtomEnum, ConfigureWindowAux, ConnectionExt as _, CreateGCAux, CreateWindowAux,
            EventMask, PropMode, Rectangle, StackMode, WindowClass,
        },
    },
    rust_connection::RustConnection,
    wrapper::ConnectionExt as _,
};

/// What a window is, all its life or for now.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Open,
    /// May not be seen, whatever its title.
    Private,
    /// Becomes private and open again by its title.
    Browser,
}

struct Actor {
    window: u32,
    number: u32,
    kind: Kind,
    is_private: bool,
    is_mapped: bool,
}

/// Windows on the screen of `DISPLAY`. Dropping it closes them.
pub struct Stage {
    connection: RustConnection,
    context: u32,
    actors: Vec<Actor>,
    /// What must be painted again, and when its program gets to it.
    late: VecDeque<(Instant, u32, Rectangle)>,
    random: u64,
}

/// So long programs take to paint what was uncovered.
const PAINTING: Duration = Duration::from_millis(60);
const WIDTH: u64 = 640;
const HEIGHT: u64 = 480;
const PRIVATE_TITLES: [&str; 3] = [
    "Mail (Private Browsing)",
    "Letters - my bank - Browser",
    "News - [InPrivate] - Browser",
];

impl Stage {
    pub fn open(seed: u64) -> Self {
        let (connection, screen) = x11rb::connect(None).unwrap();
        let root = connection.setup().roots[screen].root;
        let context = connection.generate_id().unwrap();
        connection
            .create_gc(context, root, &CreateGCAux::new())
            .unwrap();
        let mut stage = Self {
            connection,
            context,
            actors: vec![],
            late: VecDeque::new(),
            random: seed,
        };
        // Class, whether the window manager leaves it alone, and what it is.
        let cast = [
            (Some("editor"), false, Kind::Open),
            (Some("browser"), false, Kind::Browser),
            (Some("keepassxc"), false, Kind::Private),
            (Some("afterimage-desktop"), false, Kind::Private),
            (Some("terminal"), true, Kind::Open),
            (Some("chromium"), true, Kind::Browser),
            (Some("keepassxc"), true, Kind::Private),
            (None, true, Kind::Private),
        ];
        for (number, (class, is_alone, kind)) in cast.into_iter().enumerate() {
            stage.enter(root, number as u32, class, is_alone, kind);
        }
        stage.paint_for(Duration::from_millis(300));
        stage
    }

    fn enter(&mut self, root: u32, number: u32, class: Option<&str>, is_alone: bool, kind: Kind) {
        let window = self.connection.generate_id().unwrap();
        // Without a background the server leaves what was there until the program paints, as browsers have it.
        let looks = CreateWindowAux::new()
            .event_mask(EventMask::EXPOSURE)
            .override_redirect(u32::from(is_alone));
        let (x, y) = (40 * number as i16, 30 * number as i16);
        let class_of = WindowClass::INPUT_OUTPUT;
        self.connection
            .create_window(
                COPY_DEPTH_FROM_PARENT,
                window,
                root,
                x,
                y,
                300,
                220,
                0,
                class_of,
                0,
                &looks,
            )
            .unwrap();
        if let Some(class) = class {
            self.say(window, AtomEnum::WM_CLASS, &format!("{class}\0{class}\0"));
        }
        self.say(window, AtomEnum::WM_NAME, "News");
        self.connection.map_window(window).unwrap();
        self.connection.flush().unwrap();
        self.actors.push(Actor {
            window,
            number,
            kind,
            is_private: kind == Kind::Private,
            is_mapped: true,
        });
    }

    fn say(&self, window: u32, name: AtomEnum, text: &str) {
        let kind = AtomEnum::STRING;
        self.connection
            .change_property8(PropMode::REPLACE, window, name, kind, text.as_bytes())
            .unwrap();
    }

    /// One thing that people do to windows, and then as long as it may take them.
    pub fn switch(&mut self) {
        let at = self.below(self.actors.len() as u64) as usize;
        match self.below(5) {
            0 => self.configure(at, ConfigureWindowAux::new().stack_mode(StackMode::ABOVE)),
            1 => self.configure(at, ConfigureWindowAux::new().stack_mode(StackMode::BELOW)),
            2 => {
                let x = self.below(WIDTH - 200) as i32;
                let y = self.below(HEIGHT - 150) as i32;
                self.configure(at, ConfigureWindowAux::new().x(x).y(y));
            }
            3 => self.map_or_unmap(at),
            _ => self.rename(),
        }
        self.connection.flush().unwrap();
        // Now and then two at once, which two lists of windows alone could not tell of.
        let rest = match self.below(4) {
            0 => self.below(8),
            _ => 50 + self.below(300),
        };
        self.paint_for(Duration::from_millis(rest));
    }

    fn configure(&mut self, at: usize, how: ConfigureWindowAux) {
        let window = self.actors[at].window;
        self.connection.configure_window(window, &how).unwrap();
    }

    fn map_or_unmap(&mut self, at: usize) {
        let actor = &mut self.actors[at];
        actor.is_mapped = !actor.is_mapped;
        match actor.is_mapped {
            true => self.connection.map_window(actor.window).unwrap(),
            false => self.connection.unmap_window(actor.window).unwrap(),
        };
    }

    /// A browser shows something private from after its title says so until before it no longer does.
    fn rename(&mut self) {
        let browsers = self
            .actors
            .iter()
            .enumerate()
            .filter(|(_, actor)| actor.kind == Kind::Browser);
        let browsers: Vec<usize> = browsers.map(|(at, _)| at).collect();
        let at = browsers[self.below(browsers.len() as u64) as usize];
        let title = PRIVATE_TITLES[self.below(3) as usize];
        let (window, was_private) = (self.actors[at].window, self.actors[at].is_private);
        self.actors[at].is_private = !was_private;
        match was_private {
            false => {
                self.say(window, AtomEnum::WM_NAME, title);
                self.paint(at, everything());
            }
            true => {
                self.paint(at, everything());
                self.say(window, AtomEnum::WM_NAME, "News");
            }
        }
    }

    fn paint(&self, at: usize, area: Rectangle) {
        let actor = &self.actors[at];
        let color = match actor.is_private {
            true => private_color(actor.number),
            false => open_color(actor.number),
        };
        let ink = x11rb::protocol::xproto::ChangeGCAux::new().foreground(color);
        self.connection.change_gc(self.context, &ink).unwrap();
        self.connection
            .poly_fill_rectangle(actor.window, self.context, &[area])
            .unwrap();
    }

    /// Lets the programs paint what was uncovered, each as late as programs are.
    fn paint_for(&mut self, span: Duration) {
        let end = Instant::now() + span;
        loop {
            while let Some(event) = self.connection.poll_for_event().unwrap() {
                if let Event::Expose(expose) = event {
                    let area = Rectangle {
                        x: expose.x as i16,
                        y: expose.y as i16,
                        width: expose.width,
                        height: expose.height,
                    };
                    self.late
                        .push_back((Instant::now() + PAINTING, expose.window, area));
                }
            }
            self.paint_what_is_due();
            if Instant::now() >= end {
                return;
            }
            thread::sleep(Duration::from_millis(2));
        }
    }

    fn paint_what_is_due(&mut self) {
        while let Some((_, window, area)) =
            self.late.pop_front_if(|(due, ..)| *due <= Instant::now())
        {
            if let Some(at) = self.actors.iter().position(|actor| actor.window == window) {
                self.paint(at, area);
            }
        }
        self.connection.flush().unwrap();
    }

    /// A number below `end`, the same in every run.
    fn below(&mut self, end: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random % end
    }
}

fn everything() -> Rectangle {
    Rectangle {
        x: 0,
        y: 0,
        width: 300,
        height: 220,
    }
}
