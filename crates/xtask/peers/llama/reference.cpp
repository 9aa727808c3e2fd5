// Prints what llama.cpp makes of a model, for our own code to be compared with.
//
//   reference tokens MODEL          texts on stdin, each ended by a zero byte; a line of token numbers for each
//   reference logits MODEL SCRATCH THREADS PROMPT...   a JSON object for each file with a prompt
//   reference speed MODEL THREADS PROMPT WRITTEN       tokens a second of reading and of writing so many tokens
//
// The logits are those of the packed weights computed in f32 throughout. llama.cpp rounds activations to 8 bits where
// weights are packed, so the weights are unpacked first, into the file SCRATCH; keys and values are f32, attention is
// the plain one. What remains is the rounding of f32 sums. Speed is measured with everything as llama.cpp has it by
// default, weights repacked for the processor, in the way of its own llama-bench: warmed up, then one batch, then single
// tokens in an empty context.

#include "llama.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <numeric>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

constexpr int TOP = 32;        // logits told after the prompt
constexpr int CONTINUED = 200; // tokens of the greedy continuation
constexpr int CONTEXT = 2048;

[[noreturn]] static void fail(const std::string & what) {
    std::cerr << "reference: " << what << "\n";
    std::exit(1);
}

enum class Load { vocabulary, unchanged, fastest };

static llama_model * load(const char * path, Load how) {
    llama_model_params parameters = llama_model_default_params();
    parameters.n_gpu_layers = 0;
    parameters.vocab_only = how == Load::vocabulary;
    parameters.use_extra_bufts = how == Load::fastest;
    llama_model * model = llama_model_load_from_file(path, parameters);
    if (!model) fail(std::string("cannot load ") + path);
    return model;
}

static std::vector<llama_token> tokenize(const llama_model * model, const std::string & text, bool controls) {
    const llama_vocab * vocabulary = llama_model_get_vocab(model);
    std::vector<llama_token> tokens(text.size() + 8);
    const int count = llama_tokenize(vocabulary, text.data(), text.size(), tokens.data(), tokens.size(), false, controls);
    if (count < 0) fail("a text gave more tokens than bytes");
    tokens.resize(count);
    return tokens;
}

template <typename T> static std::string joined(const std::vector<T> & values, const char * between) {
    std::ostringstream text;
    text.precision(9);
    for (size_t at = 0; at < values.size(); at++) text << (at ? between : "") << values[at];
    return text.str();
}

static void print_tokens(const char * path) {
    const llama_model * model = load(path, Load::vocabulary);
    for (std::string text; std::getline(std::cin, text, '\0');) {
        std::cout << joined(tokenize(model, text, false), " ") << "\n";
    }
}

static void unpack(const char * packed, const char * unpacked, int threads) {
    llama_model_quantize_params parameters = llama_model_quantize_default_params();
    parameters.ftype = LLAMA_FTYPE_ALL_F32;
    parameters.allow_requantize = true;
    parameters.nthread = threads;
    if (llama_model_quantize(packed, unpacked, &parameters) != 0) fail("cannot unpack the weights");
}

static llama_context * new_context(llama_model * model, int threads, bool exact) {
    llama_context_params parameters = llama_context_default_params();
    parameters.n_ctx = CONTEXT;
    parameters.n_batch = CONTEXT;
    parameters.n_threads = threads;
    parameters.n_threads_batch = threads;
    if (exact) {
        parameters.type_k = GGML_TYPE_F32;
        parameters.type_v = GGML_TYPE_F32;
        parameters.flash_attn_type = LLAMA_FLASH_ATTN_TYPE_DISABLED;
    }
    llama_context * context = llama_init_from_model(model, parameters);
    if (!context) fail("no context could be made");
    return context;
}

// The logits after the last of `tokens`.
static const float * decode(llama_context * context, std::vector<llama_token> tokens) {
    if (llama_decode(context, llama_batch_get_one(tokens.data(), tokens.size())) != 0) fail("decoding failed");
    return llama_get_logits_ith(context, -1);
}

// The numbers of the `count` highest logits, highest first, the lower number of equals.
static std::vector<int> highest(const float * logits, int vocabulary, int count) {
    std::vector<int> order(vocabulary);
    std::iota(order.begin(), order.end(), 0);
    std::partial_sort(order.begin(), order.begin() + count, order.end(), [logits](int a, int b) {
        return logits[a] != logits[b] ? logits[a] > logits[b] : a < b;
    });
    order.resize(count);
    return order;
}

static void print_logits(llama_model * model, llama_context * context, const char * file) {
    std::ifstream input(file);
    if (!input) fail(std::string("cannot read ") + file);
    const std::string prompt((std::istreambuf_iterator<char>(input)), {});
    const std::vector<llama_token> tokens = tokenize(model, prompt, true);
    const int vocabulary = llama_vocab_n_tokens(llama_model_get_vocab(model));
    llama_memory_clear(llama_get_memory(context), true);
    const float * logits = decode(context, tokens);
    const std::vector<int> top = highest(logits, vocabulary, TOP);
    std::vector<float> scores;
    for (int token : top) scores.push_back(logits[token]);
    std::vector<int> continued;
    std::vector<float> margins;
    while (continued.size() < CONTINUED) {
        const std::vector<int> best = highest(logits, vocabulary, 2);
        continued.push_back(best[0]);
        margins.push_back(logits[best[0]] - logits[best[1]]);
        logits = decode(context, {best[0]});
    }
    std::cout << "{\"prompt\": [" << joined(tokens, ", ") << "],\n \"top\": [" << joined(top, ", ")
              << "],\n \"logits\": [" << joined(scores, ", ") << "],\n \"continuation\": [" << joined(continued, ", ")
              << "],\n \"margins\": [" << joined(margins, ", ") << "]}\n";
}

// Seconds for reading `prompt` tokens at once and then, as a new text, `written` tokens one by one.
static std::pair<double, double> time_passes(llama_context * context, int prompt, int written) {
    using clock = std::chrono::steady_clock;
    std::vector<llama_token> tokens(prompt);
    std::iota(tokens.begin(), tokens.end(), 1000);
    llama_memory_clear(llama_get_memory(context), true);
    const auto begun = clock::now();
    decode(context, tokens);
    const auto read = clock::now();
    llama_memory_clear(llama_get_memory(context), true);
    const auto begun_writing = clock::now();
    for (int token = 0; token < written; token++) decode(context, {2000 + token});
    const std::chrono::duration<double> reading = read - begun, writing = clock::now() - begun_writing;
    return {reading.count(), writing.count()};
}

static void print_speed(const char * path, int threads, int prompt, int written) {
    llama_context * context = new_context(load(path, Load::fastest), threads, false);
    time_passes(context, prompt / 8, 8);
    const auto [reading, writing] = time_passes(context, prompt, written);
    std::cout << "{\"prefill\": " << prompt / reading << ", \"decode\": " << written / writing << "}\n";
}

int main(int count, char ** arguments) {
    const std::string what = count > 2 ? arguments[1] : "";
    llama_log_set([](ggml_log_level level, const char * text, void *) {
        if (level == GGML_LOG_LEVEL_ERROR) std::fputs(text, stderr);
    }, nullptr);
    llama_backend_init();
    if (what == "tokens") {
        print_tokens(arguments[2]);
    } else if (what == "logits" && count > 5) {
        const int threads = std::atoi(arguments[4]);
        unpack(arguments[2], arguments[3], threads);
        llama_model * model = load(arguments[3], Load::unchanged);
        llama_context * context = new_context(model, threads, true);
        for (int at = 5; at < count; at++) print_logits(model, context, arguments[at]);
    } else if (what == "speed" && count == 6) {
        print_speed(arguments[2], std::atoi(arguments[3]), std::atoi(arguments[4]), std::atoi(arguments[5]));
    } else {
        fail("reference tokens MODEL | logits MODEL SCRATCH THREADS PROMPT... | speed MODEL THREADS PROMPT WRITTEN");
    }
    return 0;
}
