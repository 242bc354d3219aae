using Orchestrator.Contracts.Runs;

namespace Orchestrator.Specification.Tests;

public sealed class ErrorTests
{
    public static TheoryData<string, string, string> SingleMistakes { get; } = new()
    {
        // what is written, what is written instead, the whole message
        { "n_ctx: 32", "n_ctxt: 32, n_ctx: 32", "model.n_ctxt (line 2): unknown key; did you mean 'n_ctx'?" },
        { "layers: 2", "layers: two", "model.layers (line 2): 'two' is not a whole number; write one from 0 to 256" },
        { "layers: 2", "layers: 2.5", "model.layers (line 2): 2.5 is not a whole number; write one from 0 to 256" },
        { "layers: 2", "layers: [2]", "model.layers (line 2): a list is not a whole number; write one from 0 to 256" },
        { "layers: 2", "layers:", "model.layers (line 2): nothing is not a whole number; write one from 0 to 256" },
        { "layers: 2, ", "", "model.layers (line 2): is required and missing; write a whole number from 0 to 256" },
        { "heads: 2", "heads: 0", "model.heads (line 2): 0 is out of bounds; write a whole number from 1 to 1024" },
        { "d_model: 64", "d_model: 65", "model.d_model (line 2): d_model 65 does not divide by 2 heads; choose a multiple of heads, or give d_head" },
        { "d_model: 64", "d_model: 64, positions: rotary, d_head: 7", "model.positions (line 2): rotary positions turn pairs of dimensions, and d_head 7 is odd; choose an even d_head" },
        { "d_model: 64", "d_model: 64, positions: shortfromer", "model.positions (line 2): 'shortfromer' is not one of none, shortformer, learned, rotary; did you mean 'shortformer'?" },
        { "d_model: 64", "d_model: 64, layer_norm: yes", "model.layer_norm (line 2): 'yes' is neither true nor false; write true or false" },
        { "d_model: 64", "d_model: 64, kind: relu_toy", "model.kind (line 2): 'relu_toy' is not one of attention-only, relu-toy; did you mean 'relu-toy'?" },
        { "d_model: 64", "d_model: 64, hidden: 5", "model.hidden (line 2): belongs to a relu-toy model, and this is a transformer; remove it, or write kind: relu-toy" },
        { "kind: language, vocab: 32", "kind: sparse-features, sparsity: 0.9", "data.kind (line 3): sparse-features are read by toy models, and this model is a transformer; write model: { kind: relu-toy, features: 20, hidden: 5 }, or a kind of sequences" },
        { "name: least", "name: least\ngrid: { model.kind: [relu-toy] }", "grid.model.kind (line 2): cannot be an axis in this version; write one sweep for each" },
        { "layers: 2, heads: 2", "layers: 256, heads: 32", "model.heads (line 2): 256 layers of 32 heads are more than 2048 heads; choose fewer layers or heads" },
        { "vocab: 32", "vocab: 16777216", "model (line 2): 2 layers of 2 heads with d_model 64 and a vocabulary of 16777216 have 2,147,516,416 parameters, more than 2,147,483,648; choose a smaller model or vocabulary" },
        { "vocab: 32", "vocab: 12", "data.vocab (line 3): a vocabulary of 12 is too small for skip-trigrams (BOS, 6 openers, 6 triggers); write at least 13, or skip_trigrams: 0" },
        { "vocab: 32", "vocab: 32, successors: 32", "data.vocab (line 3): a vocabulary of 32 has no 32 successors besides BOS; write at least 33, or successors up to 31" },
        { "kind: language, vocab: 32", "kind: markov, vocab: 32, states: 32", "data.vocab (line 3): a vocabulary of 32 has no 32 states besides BOS; write at least 33, or states up to 31" },
        { "kind: language", "kind: repeated-segments, segment: [8, 31]", "data.segment (line 3): a segment of 31 tokens does not begin again in a context of 31 tokens (n_ctx 32 less BOS); choose segments below 31, or a larger n_ctx" },
        { "kind: language", "kind: repeated-segments, segment: [9, 8]", "data.segment (line 3): the shortest segment, 9, is longer than the longest, 8; write [8, 9]" },
        { "kind: language", "kind: repeated-segments, segment: 8", "data.segment (line 3): 8 is not a list of 2 values; write the shortest and the longest segment in tokens, for example [8, 16]" },
        { "kind: language", "kind: languge", "data.kind (line 3): 'languge' is not one of mixture, repeated-segments, language, markov, text, sparse-features; did you mean 'language'?" },
        { "kind: language, ", "", "data.kind (line 3): is required and missing; write one of mixture, repeated-segments, language, markov, text, sparse-features" },
        { "kind: language", "kind: mixture, parts: []", "data.parts (line 3): a list is not a list of 1 to 100 parts; list the parts of the mixture, each with kind and weight" },
        { "kind: language", "kind: mixture, parts: [{ kind: language, weight: 0 }]", "data.parts[0].weight (line 3): 0 is out of bounds; write a number above 0" },
        { "kind: language", "kind: language, noise: 1.5", "data.noise (line 3): 1.5 is out of bounds; write a number from 0 to 1" },
        { "kind: language", "kind: language, segment: [1, 2]", "data.segment (line 3): unknown key; known here: kind, vocab, bos, seed, successors, noise, skip_trigrams, copied_spans" },
        { "steps: 300", "steps: -1", "train.steps (line 4): -1 is out of bounds; write a whole number from 0 to 1000000000" },
        { "batch: 32", "batch: 4194304", "train.batch (line 4): 4194304 sequences of 32 tokens are more than 67,108,864 tokens a step; choose a smaller batch or context" },
        { "batch: 32", "batch: 32, lr: .nan", "train.lr (line 4): .nan is not a finite number; write a number above 0" },
        { "batch: 32", "batch: 32, lr: -.inf", "train.lr (line 4): -.inf is not a finite number; write a number above 0" },
        { "batch: 32", "batch: 32, lr: 1e999", "train.lr (line 4): 1e999 is not a finite number; write a number above 0" },
        { "batch: 32", "batch: 32, lr: fast", "train.lr (line 4): 'fast' is not a number; write one above 0" },
        { "batch: 32", "batch: 32, betas: [0.9, 1]", "train.betas[1] (line 4): 1 is out of bounds; write a number from 0 to below 1" },
        { "batch: 32", "batch: 32, betas: [0.9]", "train.betas (line 4): a list of 1 is not a list of 2 values; write both averaging factors, for example [0.9, 0.99]" },
        { "batch: 32", "batch: 32, optimizer: sgd", "train.optimizer (line 4): 'sgd' is not an optimizer of this version; write adamw" },
        { "batch: 32", "batch: 32, init: { embd: 1 }", "train.init.embd (line 4): unknown key; did you mean 'embed'?" },
        { "batch: 32", "batch: 32, precision: bfloat16", "train.precision (line 4): is not supported by this version; remove it" },
        { "batch: 32", "batch: 32, batch: 64", "train.batch (line 4): the key was given before, in line 4; keep one of the two" },
        { "name: least", "name: my sweep", "name (line 1): 'my sweep' is not a name of 1 to 64 letters, digits, '-', '_' and '.' that starts with a letter or digit; write a name such as induction-by-depth" },
        { "name: least", "name: 7", "name (line 1): 7 is not a text; write a name such as induction-by-depth (in quotes where it looks like a number)" },
        { "name: least", "", "name (line 2): is required and missing; write name: and a name such as induction-by-depth" },
        { "name: least", "name: least\nsearch: {}", "search (line 2): is not supported by this version; remove it" },
        { "name: least", "name: least\nzip: []", "zip (line 2): is not supported by this version; remove it" },
        { "name: least", "name: least\nrequires: a100", "requires (line 2): 'a100' is not a mapping of settings; write its settings as 'key: value', indented below it" },
        { "name: least", "name: least\nrequires: { memory: 20 }", "requires.memory (line 2): unknown key; did you mean 'memory_gb'?" },
        { "name: least", "name: least\nrequires: { memory_gb: 0 }", "requires.memory_gb (line 2): 0 is out of bounds; write a number above 0" },
        { "name: least", "name: least\nrequires: { device: tpu }", "requires.device (line 2): 'tpu' is not one of cpu, cuda; did you mean 'cpu'?" },
        { "name: least", "name: least\nrequires: { labels: a100 }", "requires.labels (line 2): 'a100' is not a list of labels; write labels that workers were started with, as in labels: [a100]" },
        { "name: least", "name: least\nrequires: { labels: [a100, 'big one'] }", "requires.labels[1] (line 2): 'big one' is not a label of up to 63 letters, digits, '.', '_', '-', '/' or '='; write labels that workers were started with, as in labels: [a100]" },
        { "name: least", "name: !!str least", "name (line 1): the tag 'tag:yaml.org,2002:str' has no meaning here; remove it" },
        { "name: least", "name: least\nseeds: 4..0", "seeds (line 2): the range '4..0' is empty: both of its ends belong to it; write 0..4" },
        { "name: least", "name: least\nseeds: [1, 0..4]", "seeds (line 2): seed 1 is given twice; give every seed once" },
        { "name: least", "name: least\nseeds: []", "seeds (line 2): there is no seed; write a range such as 0..4, a number, or a list of both" },
        { "name: least", "name: least\nseeds: -1", "seeds (line 2): -1 is out of bounds; write a whole number from 0 to 18446744073709551615" },
        { "name: least", "name: least\nsnapshots: {}", "snapshots (line 2): says nothing about when; write exactly one of { every: 20 }, { log: 20 } and { at: [100, 300] }" },
        { "name: least", "name: least\nsnapshots: { every: 2, log: 3 }", "snapshots (line 2): 2 schedules are given; write exactly one of { every: 20 }, { log: 20 } and { at: [100, 300] }" },
        { "name: least", "name: least\nsnapshots: { at: [100, 301] }", "snapshots.at[1] (line 2): 301 is out of bounds; write a whole number from 0 to 300" },
        { "name: least", "name: least\nmeasure: [heads, head]", "measure[1] (line 2): 'head' is not one of heads, composition, terms, ablations, in-context-learning, superposition, token-losses; did you mean 'heads'?" },
        { "name: least", "name: least\nbudget: {}", "budget (line 2): a budget without a limit; write runs or device_hours, or leave budget out" },
        { "name: least", "name: least\nretention: { checkpoints: 0 }", "retention.checkpoints (line 2): 0 is out of bounds; write a whole number from 1 to 1000" },
        { "name: least", "name: least\nretention: { completed: always }", "retention.completed (line 2): 'always' is not one of delete, keep; write one of these" },
        { "name: least", "name: least\nretention: keep", "retention (line 2): 'keep' is not a mapping of settings; write its settings as 'key: value', indented below it" },
        { "name: least", "name: least\nhead_threshold: 1.5", "head_threshold (line 2): 1.5 is out of bounds; write a number above 0 and up to 1" },
        { "name: least", "name: least\ngrid: { model.layers: [] }", "grid.model.layers (line 2): the axis has no values; give it values, or remove it" },
        { "name: least", "name: least\ngrid: { model.layers: 2 }", "grid.model.layers (line 2): an axis is a list of values, and this is 2; write it in brackets, for example [1, 2]" },
        { "name: least", "name: least\ngrid: { model.layers: [1, two] }", "grid.model.layers[1] (line 2): 'two' is not a whole number; write one from 0 to 256" },
        { "name: least", "name: least\ngrid: { train.lr: [0.01, 1.0e-2] }", "grid.train.lr[1] (line 2): the axis has 1.0e-2 twice; give every value once" },
        { "name: least", "name: least\ngrid: { model.layer: [1] }", "grid.model.layer (line 2): the path names no setting of a run; did you mean 'model.layers'?" },
        { "name: least", "name: least\ngrid: { train.init: [1] }", "grid.train.init (line 2): the path names a group of settings; name one of them: train.init.embed, train.init.scale" },
        { "name: least", "name: least\ngrid: { data.kind: [language] }", "grid.data.kind (line 2): cannot be an axis in this version; write one sweep for each" },
        { "name: least", "name: least\ngrid: { seeds: [1, 2] }", "grid.seeds (line 2): seeds are an axis of their own; write them under seeds, outside of grid" },
        { "name: least", "name: least\ngrid: { model.heads: [2, 3], model.d_model: [64, 96] }", "grid.model.d_model[0] (line 2): d_model 64 does not divide by 3 heads; choose a multiple of heads, or give d_head" },
        { "name: least", "name: least\nseeds: 0..10000000", "the sweep expands to 10,000,001 runs (10000001 seeds × 1 points of the grid), and the limit is 10,000,000; choose fewer seeds or axis values" },
        { "name: least", "name: least\nseeds: 0..999999999999", "the sweep expands to 1,000,000,000,000 runs (1000000000000 seeds × 1 points of the grid), and the limit is 10,000,000; choose fewer seeds or axis values" },
        { "name: least", "name: &a [*a]", "line 1: this is not YAML ('*a' does not name a complete value above it (a value cannot contain itself)); mend the syntax here or just above" },
        { "name: least", "name: least\n--- \nname: other", "line 2: the file holds a second document; keep one sweep in a file" },
        { "name: least", "name: least\n? [a]\n: b", "line 2: this is not YAML (a key is not a plain word); mend the syntax here or just above" },
        { "name: least", "name: least\nbudget:\n\truns: 3", "line 3: a tab stands in the indentation; indent with spaces: YAML allows nothing else" },
    };

    [Theory]
    [MemberData(nameof(SingleMistakes))]
    public void A_mistake_is_told_with_its_path_its_rule_and_its_fix(string written, string instead, string message)
    {
        Assert.Contains(written, Sweeps.Least, StringComparison.Ordinal);

        Assert.Equal(message, Sweeps.ErrorOf(Sweeps.Least.Replace(written, instead, StringComparison.Ordinal)));
    }

    [Fact]
    public void Every_mistake_of_a_file_is_told_in_one_go_in_the_order_of_the_lines()
    {
        var errors = Sweeps.Errors("""
            name: least
            model: { layers: two, heads: 2, d_model: 64, n_ctx: 32 }
            data: { kind: languge, vocab: 32 }
            train: { steps: -1, batch: 32, warmup: often }
            seeds: 9..1
            grid: { model.heads: [2, none], train.lr: [] }
            horse: 1
            """);

        Assert.Equal(
            ["model.layers (line 2)", "data.kind (line 3)", "train.steps (line 4)", "train.warmup (line 4)", "seeds (line 5)", "grid.train.lr (line 6)", "grid.model.heads[1] (line 6)", "horse (line 7)"],
            errors.Select(error => error[..error.IndexOf(':', StringComparison.Ordinal)]));
    }

    [Fact]
    public void A_value_that_an_axis_always_replaces_is_held_to_its_type_but_not_to_the_others()
    {
        Assert.StartsWith("model.heads (line 2): 'x' is not a whole number", Sweeps.ErrorOf(Sweeps.Least.Replace("heads: 2", "heads: x", StringComparison.Ordinal) + "\ngrid: { model.heads: [2, 4] }"), StringComparison.Ordinal);
        Sweeps.Valid(Sweeps.Least.Replace("heads: 2", "heads: 3", StringComparison.Ordinal) + "\ngrid: { model.heads: [2, 4] }");
    }

    [Fact]
    public void Anchors_work_inside_braces_and_brackets()
    {
        var anchored = SweepFile.Parse(
            """
            name: anchored
            model: &model { layers: &two 2, heads: *two , d_model: &width 16, n_ctx: 'x' }
            data: { kind: &kind "language", vocab: *width, bos: &yes true }
            train: { steps: 10, batch: &batch 4, lr: 0.01 }
            seeds: [&one 1, *two]
            """.Replace("'x'", "*width", StringComparison.Ordinal), "sweep.yaml");

        Assert.True(anchored.Succeeded, anchored.Message);
        Assert.Equal((2, 2, 16), (anchored.Value.Sweep.RunAt(0).Model is ModelConfiguration m ? (m.Layers, m.Heads, m.DModel) : default));
        Assert.Contains("a value cannot contain itself", SweepFile.Parse("name: a\nmodel: &m { layers: [*m] }", "a.yaml").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_list_of_what_is_known_names_everything_once()
    {
        var yaml =
            """
            name: least
            model: { xxxxxxxxxxxx: 1, heads: 2, d_model: 64, n_ctx: 32, layers: 1 }
            data: { kind: language, vocab: 32, qqqqqqqqqqqq: 1 }
            train: { yyyyyyyyyyyy: 1, steps: 300, batch: 32, decay: vvvvvvvvvvvvvvv }
            zzzzzzzzzzzz: 1
            measure: [wwwwwwwwwwwwwww]
            """;

        var errors = SweepFile.Parse(yaml, "sweep.yaml").Errors;

        Assert.Equal(6, errors.Count);
        Assert.All(errors, error =>
        {
            var words = error.ToString().Split([' ', ',', ';', ':', '(', ')'], StringSplitOptions.RemoveEmptyEntries).Where(word => word is not ("is" or "not" or "one" or "of")).ToArray();
            Assert.Equal(words.Distinct(), words);
        });
    }

    [Theory]
    [InlineData("kind: language, successors: 6, vocab: 5", "write at least 13, or successors up to 4", "kind: language, successors: 6, vocab: 13")]
    [InlineData("kind: language, successors: 6, vocab: 5", "write at least 13, or successors up to 4", "kind: language, successors: 4, skip_trigrams: 0, vocab: 5")]
    [InlineData("kind: markov, states: 9, vocab: 5", "write at least 10, or states up to 4", "kind: markov, states: 9, vocab: 10")]
    public void The_vocabulary_that_an_error_proposes_is_accepted(string wrong, string fix, string mended)
    {
        Assert.Contains(fix, SweepFile.Parse(Sweeps.Least.Replace("kind: language, vocab: 32", wrong, StringComparison.Ordinal), "a.yaml").Message, StringComparison.Ordinal);
        var again = SweepFile.Parse(Sweeps.Least.Replace("kind: language, vocab: 32", mended, StringComparison.Ordinal), "a.yaml");
        Assert.True(again.Succeeded, again.Message);
    }

    [Fact]
    public void A_file_that_multiplies_by_aliases_is_refused_before_it_grows()
    {
        var lines = Enumerable.Range(1, 20).Select(i => $"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))}]");
        var before = GC.GetAllocatedBytesForCurrentThread();

        var error = Sweeps.ErrorOf("a0: &a0 [x]\n" + string.Join('\n', lines));

        Assert.Contains("expands to more than 200,000 values", error, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 5_000_000);
    }

    [Fact]
    public void A_file_that_is_nested_too_deep_is_refused_without_being_read_to_its_end() =>
        Assert.Contains("nested more than 32 deep", Sweeps.ErrorOf("name: " + new string('[', 500_000)), StringComparison.Ordinal);

    [Fact]
    public void An_expansion_beyond_counting_is_refused()
    {
        var axes = string.Join(", ", new[] { "train.lr", "train.eps", "train.weight_decay", "train.warmup", "train.init.embed", "train.init.scale", "data.noise" }
            .Select(path => $"{path}: [{string.Join(", ", Enumerable.Range(1, 1000).Select(k => path is "train.warmup" ? $"{k}" : $"{k}e-4"))}]"));

        Assert.Contains("the sweep expands to 1,000,000,000,000,000,000,000 runs", Sweeps.ErrorOf(Sweeps.Least + $"\ngrid: {{ {axes} }}"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "the file is empty; write a sweep: name, model, data and train")]
    [InlineData("# nothing", "the file is empty; write a sweep: name, model, data and train")]
    [InlineData("just words", "line 1: 'just words' is not a mapping of settings; write its settings as 'key: value', indented below it")]
    public void What_is_no_sweep_at_all_is_refused(string text, string message) => Assert.Equal(message, Sweeps.ErrorOf(text));

    [Fact]
    public void The_message_of_a_file_names_the_file_and_counts_its_errors()
    {
        var reading = SweepFile.Parse("nam: x", "folder/test.yaml");

        Assert.StartsWith("folder/test.yaml: 5 errors\n  ", reading.Message, StringComparison.Ordinal);
    }
}
