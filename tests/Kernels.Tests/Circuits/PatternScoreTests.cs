using Orchestrator.Kernels.Circuits;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Tests.Circuits;

/// <summary>Scores of patterns against loops over sequences, queries and keys, written from their definitions (math.md 5).</summary>
[Collection("circuits")]
public sealed class PatternScoreTests
{
    [Fact]
    public void Scores_are_those_of_loops_over_queries_and_keys() => OddModels.Check(80, odd =>
    {
        var (model, tokens) = (odd.Model(), odd.Tokens());
        var (trace, matches) = (ForwardPass.Run(model, tokens), TokenMatches.Of(tokens, ScalarType.Float64));
        var detector = PatternScores.TransformerLens(trace, matches);
        var (induction, before, same) = (detector.Induction.Numbers(), detector.PreviousToken.Numbers(), detector.DuplicateToken.Numbers());
        for (var head = 0; head < model.Heads.Count; head++)
        {
            var (l, h) = (head / odd.Heads, head % odd.Heads);
            var A = Enumerable.Range(0, odd.Batch).Select(b => trace.Patterns[l][0][b][h].Rows()).ToArray();
            var t = Enumerable.Range(0, odd.Batch).Select(b => tokens[b].contiguous().data<long>().ToArray()).ToArray();
            Check((b, i) => i >= 1 ? A[b][i][i - 1] : null, PatternScores.PreviousToken(trace));
            Check((b, i) => i >= 1 ? A[b][i][0] : null, PatternScores.FirstToken(trace));
            Check((b, i) => i >= 1 ? -Enumerable.Range(0, i + 1).Sum(j => A[b][i][j] > 0 ? A[b][i][j] * Math.Log(A[b][i][j]) : 0) : null, PatternScores.Entropy(trace));
            Check((b, i) => Earlier(b, i).Any() ? Earlier(b, i).Sum(j => A[b][i][j]) : null, PatternScores.DuplicateToken(trace, matches));
            Check((b, i) => Earlier(b, i).Any() ? Earlier(b, i).Sum(j => A[b][i][j + 1]) : null, PatternScores.PrefixMatching(trace, matches));
            var rows = Enumerable.Range(0, odd.Length).ToArray();
            Assert.Equal(Enumerable.Range(0, odd.Batch).Average(b => rows.Sum(i => Earlier(b, i).Sum(j => A[b][i][j + 1])) / odd.Length), induction[head], 1e-10);
            Assert.Equal(Enumerable.Range(0, odd.Batch).Average(b => rows.Sum(i => Earlier(b, i).Sum(j => A[b][i][j])) / odd.Length), same[head], 1e-10);
            Assert.Equal(Enumerable.Range(0, odd.Batch).Average(b => rows[1..].Sum(i => A[b][i][i - 1]) / odd.Length), before[head], 1e-10);

            IEnumerable<int> Earlier(int b, int i) => Enumerable.Range(0, i).Where(j => t[b][j] == t[b][i]);

            void Check(Func<int, int, double?> query, PerSequence scores)
            {
                var pooled = Enumerable.Range(0, odd.Batch).SelectMany(b => Enumerable.Range(0, odd.Length).Select(i => query(b, i))).OfType<double>().ToList();
                Same.Numbers([pooled.Mean()], [scores.Numbers()[head]], 1e-10);
            }
        }
    });
}
