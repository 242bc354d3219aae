using System.Globalization;
using Orchestrator.Storage.Tests.Backends;
using Orchestrator.Storage.Tests.States;

namespace Orchestrator.Storage.Tests.Crashes;

/// <summary>A process that dies while it writes has lost nothing that it was told is written, and left no row without its state.</summary>
public abstract class KilledWriterConformance<TBackend>(string name) : BackendTest<TBackend> where TBackend : ITestBackend, new()
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(1);

    [Theory]
    [InlineData(1)]
    [InlineData(500)]
    [InlineData(5_000)]
    public async Task After_a_kill_every_acknowledged_write_is_there_with_its_rows(int acknowledged)
    {
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        bounded.CancelAfter(Bound);
        var last = new int[WritingProcess.Grains];
        using (var writer = WritingProcess.Start(name, TestDatabase.Address))
        {
            var count = 0;
            try
            {
                while (await writer.StandardOutput.ReadLineAsync(bounded.Token) is { } line)
                {
                    // A line that the kill cut short was not said.
                    if (line.Split(' ') is [var index, var number] && int.TryParse(number, CultureInfo.InvariantCulture, out var n))
                    {
                        last[int.Parse(index, CultureInfo.InvariantCulture)] = n;
                    }
                    if (++count == acknowledged)
                    {
                        writer.Kill();   // SIGKILL
                    }
                }
            }
            finally
            {
                writer.Kill();
            }
            await writer.WaitForExitAsync(bounded.Token);
            Assert.True(count >= acknowledged, $"the writer ended after {count} lines: {await writer.StandardError.ReadToEndAsync(bounded.Token)}");
        }

        await using var reopened = new Opened(TestDatabase.Open());
        var runs = (await reopened.Catalogue.Runs("s", Cancellation)).ToDictionary(r => r.Index);
        for (var i = 0; i < WritingProcess.Grains; i++)
        {
            var held = new GrainState<Counter>();
            await reopened.Storage.ReadStateAsync("state", Grain($"{i}"), held);
            Assert.InRange(held.State!.Number, last[i], last[i] + 2);
            Assert.Equal(held.State.Number, runs.GetValueOrDefault(i)?.Attempt ?? 0);
            var facts = await reopened.Facts.Run(new Counter { Index = i }.RunId, Cancellation);
            Assert.Equal(Enumerable.Range(1, held.State.Number), facts.Select(f => f.Step));
        }
    }
}

public sealed class SqliteKilledWriterTests() : KilledWriterConformance<SqliteBackend>(nameof(Sqlite));

public sealed class PostgresKilledWriterTests() : KilledWriterConformance<PostgresBackend>(nameof(Postgres));
