using System.Text;
using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Data;

namespace Orchestrator.Kernels.Tests.Data;

public sealed class TextTokensTests
{
    private static TextTokens Of(TokenizerKind kind, int size, params string[] texts) => TextTokens.Of(
        [.. texts.Select((text, n) => ($"{n}.txt", (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(text)))], new Tokenizer { Kind = kind, Size = size });

    [Fact]
    public void Bytes_are_shifted_past_bos()
    {
        var tokens = Of(TokenizerKind.Bytes, 0, "Aé");
        Assert.Equal([66, 0xC3 + 1, 0xA9 + 1], Assert.Single(tokens.Files));
        Assert.Equal(257, tokens.Vocab);
        Assert.Equal(["BOS", "A", "0xc3", "space", "U+0000"], new[] { 0, 66, 0xC3 + 1, ' ' + 1, 1 }.Select(id => tokens.Spellings[id]));
    }

    [Fact]
    public void Characters_are_numbered_by_code_point_over_all_files()
    {
        var tokens = Of(TokenizerKind.Characters, 0, "ba", "é😀a\n");
        Assert.Equal([3, 2], tokens.Files[0]);
        Assert.Equal([4, 5, 2, 1], tokens.Files[1]);
        Assert.Equal(["BOS", "newline", "a", "b", "é", "😀"], tokens.Spellings);
    }

    [Fact]
    public void The_most_frequent_words_come_first_and_the_others_share_the_last_id()
    {
        var tokens = Of(TokenizerKind.Words, 2, "the cat\nthe  hat", "a cat the end");
        Assert.Equal([1, 2, 1, 3], tokens.Files[0]);
        Assert.Equal([3, 2, 1, 3], tokens.Files[1]);
        Assert.Equal(["BOS", "the", "cat", "other"], tokens.Spellings);
        Assert.Equal(["BOS", "cat", "", "other"], Of(TokenizerKind.Words, 2, "cat").Spellings); // the vocabulary is as large as was asked for
    }

    [Fact]
    public void Text_that_is_not_utf8_is_refused_by_name()
    {
        var error = Assert.Throws<DataConfigurationException>(() =>
            TextTokens.Of([("latin.txt", new byte[] { 65, 0xE9, 65 })], new Tokenizer { Kind = TokenizerKind.Characters }));
        Assert.Contains("latin.txt", error.Message);
        Assert.Contains("bytes", error.Message);
    }
}
