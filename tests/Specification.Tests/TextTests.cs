using System.Security.Cryptography;
using System.Text;
using Orchestrator.Contracts.Runs;

namespace Orchestrator.Specification.Tests;

public sealed class TextTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("specification-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_text_is_named_by_its_content_and_its_path_stays_here()
    {
        var path = Write("texts/a.txt", "to be or not to be, that is the question\n");

        var document = Valid("files: texts/a.txt, tokenizer: bytes");

        var hash = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));
        var text = Assert.IsType<Text>(Assert.Single(((DataConfiguration)document.Sweep.RunAt(0).Data).Parts));
        Assert.Equal([new TextFile("a.txt", hash, 41)], text.Files);
        Assert.Equal([new LocalText(path, hash, 41)], document.Texts);
        Assert.DoesNotContain(_folder, document.Json.ToJsonString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bytes", 257)]
    [InlineData("characters", 7)] // BOS, a, b, é, 🙂, blank, line end
    [InlineData("{ words: 3 }", 5)] // BOS, unknown, 3 words
    public void The_vocabulary_follows_from_the_text_and_the_tokenizer(string tokenizer, int vocab)
    {
        Write("a.txt", "ab éa 🙂 ab éa ab\n");

        Assert.Equal(vocab, ((DataConfiguration)Valid($"files: a.txt, tokenizer: {tokenizer}").Sweep.RunAt(0).Data).Vocab);
    }

    [Fact]
    public void Characters_and_words_across_a_block_of_the_reader_stay_whole()
    {
        // 65,535 one-byte characters, so that the é and the word around it lie across the first 64 KiB.
        Write("a.txt", string.Concat(Enumerable.Repeat("abc ", 16383)) + "ab é" + "z end");

        Assert.Equal(1 + 9, ((DataConfiguration)Valid("files: a.txt, tokenizer: characters").Sweep.RunAt(0).Data).Vocab);
        Assert.Equal(4 + 2, ((DataConfiguration)Valid("files: a.txt, tokenizer: { words: 4 }").Sweep.RunAt(0).Data).Vocab);
        Assert.Equal(4 + 2, ((DataConfiguration)Valid("files: a.txt, tokenizer: { words: 5 }").Sweep.RunAt(0).Data).Vocab);
    }

    [Fact]
    public void A_glob_names_files_in_ordinal_order_and_may_start_above_the_sweep_file()
    {
        Write("texts/b.txt", new string('b', 100));
        Write("texts/a.txt", new string('a', 100));
        Write("texts/deep/c.txt", new string('c', 100));
        Write("texts/other.md", new string('m', 100));

        Assert.Equal(["a.txt", "b.txt"], Names("files: texts/*.txt"));
        Assert.Equal(["a.txt", "b.txt", "c.txt"], Names("files: ['texts/**/*.txt']"));
        Assert.Equal(["a.txt", "b.txt"], Names("files: ../texts/*.txt", from: "sweeps"));
        Assert.Equal(["b.txt", "a.txt"], Names("files: [texts/b.txt, texts/a.txt]"));

        IEnumerable<string> Names(string files, string from = "")
        {
            var reading = SweepFile.Parse(Yaml($"{files}, tokenizer: bytes"), Path.Combine(_folder, from, "sweep.yaml"));
            Assert.True(reading.Succeeded, reading.Message);
            return ((Text)((DataConfiguration)reading.Value.Sweep.RunAt(0).Data).Parts[0]).Files.Select(file => file.Name);
        }
    }

    [Fact]
    public void A_resolved_text_reads_back_without_its_files()
    {
        Write("a.txt", new string('a', 400) + "b");
        var document = Valid("files: a.txt, tokenizer: characters");
        Directory.Delete(_folder, recursive: true);
        Directory.CreateDirectory(_folder);

        var again = Sweeps.Valid(document.Json);

        Assert.Equal(document.Sweep.Id, again.Id);
        Assert.Equal(document.Sweep.RunIdAt(0), again.RunIdAt(0));
    }

    [Fact]
    public void The_same_text_under_another_name_is_the_same_sweep()
    {
        Write("a.txt", new string('a', 400));
        Write("b.txt", new string('a', 400));

        Assert.Equal(Valid("files: a.txt, tokenizer: bytes").Sweep.Id, Valid("files: b.txt, tokenizer: bytes").Sweep.Id);
    }

    [Theory]
    [InlineData("files: none.txt, tokenizer: bytes", "data.files[0] (line 3): there is no file 'none.txt' in ")]
    [InlineData("files: '*.none', tokenizer: bytes", "data.files[0] (line 3): '*.none' matches no file in ")]
    [InlineData("files: [a.txt, '*.txt'], tokenizer: bytes", "data.files[1] (line 3): '*.txt' names 'a.txt' a second time")]
    [InlineData("files: latin.bin, tokenizer: characters", "data.files[0] (line 3): the file 'latin.bin' is not UTF-8, and characters cannot be read from it")]
    [InlineData("files: cut.bin, tokenizer: { words: 1 }", "data.files[0] (line 3): the file 'cut.bin' is not UTF-8, and words cannot be read from it")]
    [InlineData("files: empty.bin, tokenizer: bytes", "data.files[0] (line 3): the file 'empty.bin' is empty")]
    [InlineData("files: [], tokenizer: bytes", "data.files (line 3): a list is not a list of 1 to 10000 files")]
    [InlineData("files: a.txt", "data.tokenizer (line 3): is required and missing")]
    [InlineData("files: a.txt, tokenizer: letters", "data.tokenizer (line 3): 'letters' is not a tokenizer")]
    [InlineData("files: a.txt, tokenizer: bytes, vocab: 256", "data.vocab (line 3): text as bytes has a vocabulary of 257 (BOS and 256 bytes), not 256")]
    [InlineData("files: a.txt, tokenizer: characters, vocab: 9", "data.vocab (line 3): the text has a vocabulary of 3 (BOS and 2 characters), not 9")]
    [InlineData("files: a.txt, tokenizer: { words: 2 }, vocab: 9", "data.vocab (line 3): text as 2 words has a vocabulary of 4 (BOS, unknown and the words), not 9")]
    [InlineData("files: a.txt, tokenizer: bytes, held_out: 0", "data.held_out (line 3): 0 is out of bounds")]
    [InlineData("files: short.bin, tokenizer: bytes", "data.files (line 3): the text is too short: held_out 0.5 leaves at most 9 bytes to train on and 9 held out, and one sequence takes 11 tokens")]
    [InlineData("files: a.txt, tokenizer: bytes }\ngrid: { data.vocab: [257, 258]", "grid.data.vocab (line 4): the path names no setting of a run")]
    public void A_text_that_cannot_be_had_is_told(string data, string message)
    {
        Write("a.txt", "abbaabbbbbbbbbbbaaabbbbbbbbbb");
        if (data.Contains("words: 2", StringComparison.Ordinal))
        {
            Write("a.txt", "aa bb aa bb aa bb aa bb aa bb aa bb aa bb");
        }
        File.WriteAllBytes(Path.Combine(_folder, "latin.bin"), [0x61, 0xE9, 0x62]);
        File.WriteAllBytes(Path.Combine(_folder, "cut.bin"), [0x61, 0xC3]);
        Write("empty.bin", "");
        Write("short.bin", "eighteen bytes !!!");

        Assert.StartsWith(message, Error(data), StringComparison.Ordinal);
    }

    [Fact]
    public void A_path_in_a_document_that_came_over_the_wire_is_never_opened()
    {
        Write("a.txt", new string('a', 400));
        var document = Valid("files: a.txt, tokenizer: bytes").Json;
        document["data"]!["files"] = new System.Text.Json.Nodes.JsonArray("/etc/passwd");

        var error = Assert.Single(Sweep.Parse(document).Errors);

        Assert.Equal("data.files[0]: '/etc/passwd' is a path, and paths are not opened here; send { name, sha256, bytes } and upload the content", error.ToString());
    }

    [Fact]
    public void Who_may_not_read_the_files_of_this_machine_learns_nothing_of_them_by_their_paths()
    {
        var there = Write("a.txt", new string('a', 400));
        foreach (var path in new[] { there, "a.txt", $"{_folder}/*.txt", "/no/such/file" })
        {
            var error = Assert.Single(SweepFile.ParseWithoutFiles(Yaml($"files: ['{path}'], tokenizer: bytes, vocab: 257"), Path.Combine(_folder, "sweep.yaml")).Errors);

            Assert.EndsWith($"'{path}' is a path, and paths are not opened here; send {{ name, sha256, bytes }} and upload the content", error.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Two_parts_of_text_in_one_mixture_are_refused()
    {
        Write("a.txt", new string('a', 400));
        var yaml = Sweeps.Least.Replace("{ kind: language, vocab: 32 }", "{ kind: mixture, parts: [{ kind: text, files: a.txt, tokenizer: bytes }, { kind: text, files: a.txt, tokenizer: bytes }] }", StringComparison.Ordinal);

        var error = Assert.Single(SweepFile.Parse(yaml, Path.Combine(_folder, "sweep.yaml")).Errors);

        Assert.StartsWith("data.parts (line 3): two parts of one mixture are text", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("characters")]
    [InlineData("bytes")]
    [InlineData("{ words: 3 }")]
    public void A_byte_order_mark_is_no_part_of_a_text(string tokenizer)
    {
        Write("a.txt", string.Concat(Enumerable.Repeat("ab cd efg ", 20)));
        var plain = Valid($"files: a.txt, tokenizer: {tokenizer}");
        var path = Write("a.txt", "\uFEFF" + string.Concat(Enumerable.Repeat("ab cd efg ", 20)));
        var marked = Valid($"files: a.txt, tokenizer: {tokenizer}");

        Assert.Equal(0xEF, File.ReadAllBytes(path)[0]);
        Assert.Equal(plain.Sweep.Id, marked.Sweep.Id);
        Assert.Equal(plain.Sweep.RunIdAt(0), marked.Sweep.RunIdAt(0));
    }

    [Fact]
    public void A_byte_order_mark_is_no_part_of_a_sweep_file()
    {
        var path = Write("sweep.yaml", "\uFEFF" + Sweeps.Least);
        Assert.True(SweepFile.Load(path, TestContext.Current.CancellationToken).Succeeded);
        var json = Write("sweep.json", "\uFEFF" + SweepFile.Load(path, TestContext.Current.CancellationToken).Value!.Json.ToJsonString());
        Assert.True(SweepFile.Load(json, TestContext.Current.CancellationToken).Succeeded, SweepFile.Load(json, TestContext.Current.CancellationToken).Message);
    }

    [Theory]
    [InlineData("/dev/zero", "data.files[0] (line 3): '/dev/zero': this is a device, not a regular file")]
    [InlineData("folder", "data.files[0] (line 3): 'folder': this is a folder, not a regular file")]
    public void A_text_that_is_no_regular_file_is_refused_by_name(string file, string message)
    {
        Directory.CreateDirectory(Path.Combine(_folder, "folder"));

        Assert.StartsWith(message, Error($"files: {file}, tokenizer: characters"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_that_is_too_long_is_refused_before_it_is_read()
    {
        using (var file = File.Create(Path.Combine(_folder, "long.txt")))
        {
            file.SetLength(Limits.TextBytes + 1); // sparse: takes no room
        }

        Assert.Contains("'long.txt': the file is longer than 1,073,741,824 bytes; split it", Error("files: long.txt, tokenizer: bytes"), StringComparison.Ordinal);
    }

    [Fact]
    public void Reading_a_text_can_be_interrupted()
    {
        Write("a.txt", new string('a', 400));
        var path = Write("sweep.yaml", Yaml("files: a.txt, tokenizer: bytes"));

        Assert.Throws<OperationCanceledException>(() => SweepFile.Load(path, new CancellationToken(canceled: true)));
    }

    [Theory]
    [InlineData("  \n ", "{ words: 5 }", "data.files (line 3): the text has no words: it is blank; add text")]
    [InlineData("a", "characters", "data.files (line 3): the text has fewer than two different characters; add text")]
    [InlineData("a", "{ words: 5 }", "data.files (line 3): the text is too short")]
    [InlineData("a", "bytes", "data.files (line 3): the text is too short")]
    public void A_text_with_nothing_to_learn_is_told_and_more_text_mends_it(string text, string tokenizer, string message)
    {
        Write("a.txt", text);
        Assert.StartsWith(message, Error($"files: a.txt, tokenizer: {tokenizer}"), StringComparison.Ordinal);

        Write("a.txt", text + string.Concat(Enumerable.Repeat("one two ", 50)));
        Valid($"files: a.txt, tokenizer: {tokenizer}");
    }

    [Fact]
    public void More_words_than_there_are_mean_all_words()
    {
        Write("a.txt", string.Concat(Enumerable.Repeat("one two three ", 20)));

        var (all, more) = (Valid("files: a.txt, tokenizer: { words: 3 }"), Valid("files: a.txt, tokenizer: { words: 500 }"));

        Assert.Equal(all.Sweep.Id, more.Sweep.Id);
        Assert.Equal(all.Sweep.RunIdAt(0), more.Sweep.RunIdAt(0));
    }

    [Fact]
    public void A_sweep_file_that_is_missing_or_not_UTF8_or_a_folder_is_told()
    {
        var latin = Path.Combine(_folder, "latin.yaml");
        File.WriteAllBytes(latin, [.. Encoding.ASCII.GetBytes("name: a\n# caf"), 0xE9]);

        Assert.Equal($"{_folder}/none.yaml: the file does not exist; check the path", SweepFile.Load(Path.Combine(_folder, "none.yaml"), TestContext.Current.CancellationToken).Message);
        Assert.Equal($"{latin}: line 2: the file is not UTF-8; save it as UTF-8", SweepFile.Load(latin, TestContext.Current.CancellationToken).Message);
        Assert.Contains("this is a folder, not a regular file", SweepFile.Load(_folder, TestContext.Current.CancellationToken).Message, StringComparison.Ordinal);
    }

    private string Write(string name, string content)
    {
        var path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        return path;
    }

    private static string Yaml(string data) =>
        Sweeps.Least.Replace("n_ctx: 32", "n_ctx: 12", StringComparison.Ordinal)
            .Replace("{ kind: language, vocab: 32 }", $"{{ kind: text, {(data.Contains("held_out", StringComparison.Ordinal) ? "" : "held_out: 0.5, ")}{data} }}", StringComparison.Ordinal);

    private SweepDocument Valid(string data)
    {
        var reading = SweepFile.Parse(Yaml(data), Path.Combine(_folder, "sweep.yaml"));
        Assert.True(reading.Succeeded, reading.Message);
        return reading.Value;
    }

    private string Error(string data) => Assert.Single(SweepFile.Parse(Yaml(data), Path.Combine(_folder, "sweep.yaml")).Errors).ToString();
}
