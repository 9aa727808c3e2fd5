// The transport of a page that the bridge serves. It stands where the desktop shell's would.
(() => {
  async function post(name, body) {
    const reply = await fetch(`/api/${name}`, { method: "POST", body: JSON.stringify(body ?? {}) });
    const { Ok, Err } = await reply.json();
    if (Err) throw Err;
    return Ok;
  }

  async function ask(key, request, onPart) {
    const reply = await fetch("/api/ask", { method: "POST", body: JSON.stringify({ key, request }) });
    const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) throw { code: "internal", message: "the bridge ended the answer" };
      const lines = (rest + value).split("\n");
      rest = lines.pop();
      for (const line of lines) {
        const { part, Ok, Err } = JSON.parse(line);
        if (part) onPart(part);
        if (Ok) return Ok;
        if (Err) throw Err;
      }
    }
  }

  let asked = 0;
  window.__transport = {
    call: (request) => post("call", { request }),
    ask(request, onPart) {
      const key = ++asked;
      return { done: ask(key, request, onPart), stop: () => void post("stop", { key }) };
    },
    listen(listener) {
      const events = new EventSource("/api/events");
      events.onmessage = ({ data }) => listener(JSON.parse(data));
      return () => events.close();
    },
    profile: () => post("profile"),
    createProfile: ({ passphrase }) => post("create", { passphrase }),
    unlock: ({ passphrase, code }) => post("unlock", { passphrase, code }),
    chooseProfile: () => Promise.reject({ code: "bad_request", message: "There is one profile here." }),
    strength: (passphrase) => post("strength", { passphrase }),
    pictureUrl: (id, size) => `/frame/${id}/${size}`,
    preferences: {
      theme: () => post("theme"),
      setTheme: (theme) => post("theme", { theme }),
    },
  };
})();
