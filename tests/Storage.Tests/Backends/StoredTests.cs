using CsCheck;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Storage.Backends;

namespace Orchestrator.Storage.Tests.Backends;

public sealed class StoredTests
{
    [Theory]
    [InlineData(null, null)]
    [InlineData("", "")]
    [InlineData("plain \U0001F9E0 text", "plain \U0001F9E0 text")]
    [InlineData("\0", "\uFFFD")]
    public void Only_what_no_database_keeps_is_replaced(string? given, string? stored) => Assert.Equal(stored, Stored.Text(given));

    [Fact]   // an attribute's text is stored as UTF-8, which has no half pairs
    public void Half_a_surrogate_pair_is_replaced()
    {
        Assert.Equal("a\uFFFD", Stored.Text("a\uD83E"));
        Assert.Equal("\uFFFD\uFFFD", Stored.Text("\uDD20\uD83E"));
    }

    [Fact]
    public void Stored_text_is_always_well_formed() =>
        Gen.String.Sample(text => Assert.Equal(Stored.Text(text), new System.Text.UTF8Encoding(false, true).GetString(new System.Text.UTF8Encoding(false, true).GetBytes(Stored.Text(text)!))));

    [Fact]
    public void Times_sort_as_their_text_does_and_come_back_to_the_tick() =>
        Gen.Select(Gen.DateTimeOffset, Gen.DateTimeOffset).Sample((a, b) =>
        {
            Assert.Equal(Math.Sign(a.CompareTo(b)), Math.Sign(string.CompareOrdinal(Stored.Time(a), Stored.Time(b))));
            Assert.Equal(a, Stored.Time(Stored.Time(a)!));
        });

    [Theory]
    [InlineData(RunState.StoppedEarly, "stopped_early")]
    [InlineData(RunState.Completed, "completed")]
    public void A_state_is_spelled_as_in_json(RunState state, string name) => Assert.Equal(name, Stored.Name(state));

    [Fact]
    public void Every_member_comes_back_from_its_name()
    {
        Assert.All(Enum.GetValues<RunState>(), s => Assert.Equal(s, Stored.Member<RunState>(Stored.Name(s))));
        Assert.All(Enum.GetValues<Measure>(), m => Assert.Equal(m, Stored.Member<Measure>(Stored.Name(m))));
        Assert.Equal("in-context-learning", Stored.Name(Measure.InContextLearning));
    }

    [Fact]
    public void A_name_of_another_version_is_an_error_that_quotes_it()
    {
        var wrong = Assert.Throws<StorageException>(() => Stored.Member<RunState>("levitating"));

        Assert.Contains("levitating", wrong.Message, StringComparison.Ordinal);
    }
}
