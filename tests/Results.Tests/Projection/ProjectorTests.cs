using Orchestrator.Contracts.Runs;
using Orchestrator.Results.Projection;
using Orchestrator.Storage.Artifacts;

namespace Orchestrator.Results.Tests.Projection;

/// <summary>Segments are a copy: whatever happens to them, an answer is what the facts say.</summary>
public sealed class ProjectorTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static readonly int[] All = [.. Enumerable.Range(0, 20)];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task After_any_course_of_runs_and_segments_an_answer_is_what_the_facts_say(int seed)
    {
        await using var side = await ReadSide.Start();
        var random = new Random(seed);
        var (projected, beside) = (0, 0);
        for (var step = 0; step < 10; step++)
        {
            var some = All.Where(_ => random.Next(4) == 0).ToArray();
            await side.Set(random.Next(4) == 0 ? RunState.Measuring : RunState.Completed, random.Next(), some); // measured again, and ended
            if (random.Next(3) > 0)
            {
                await side.BringUp();
                projected++;
            }
            else
            {
                beside++;
            }
            if (step % 5 == 4)
            {
                Assert.Equal(await side.Facts(), await side.Answers());
            }
        }
        Assert.True(projected > 3 && beside > 0);
        await side.BringUp();
        Assert.NotEmpty(side.Segments);
        Assert.Equal(await side.Facts(), await side.Answers());
        Assert.Empty(side.Damaged());
    }

    [Theory]
    [InlineData("gone")]
    [InlineData("torn")]
    [InlineData("flipped")]
    [InlineData("foreign")]
    public async Task A_segment_that_is_not_what_was_written_is_named_the_facts_are_read_and_it_is_made_again(string damage)
    {
        await using var side = await ReadSide.Start(new ProjectionOptions { SnapshotsAtTheEnd = 1, Snapshots = 1 });
        await side.Set(RunState.Completed, 1, All);
        await side.BringUp();
        var (before, victim) = (await side.Answers(), side.Segments.Order().First());
        var content = await File.ReadAllBytesAsync(victim, Cancellation);
        switch (damage)
        {
            case "gone": File.Delete(victim); break;
            case "torn": await File.WriteAllBytesAsync(victim, content[..(content.Length / 2)], Cancellation); break;
            case "flipped": content[content.Length / 2] ^= 4; await File.WriteAllBytesAsync(victim, content, Cancellation); break;
            case "foreign": File.Copy(side.Segments.Order().Last(), victim, overwrite: true); break;
        }

        await using var reader = side.Beside();
        Assert.Equal(before, await reader.Answers());
        Assert.Equal([ReadSide.Specification.Id], reader.Damaged());

        var made = await side.Projector.Rebuild(await side.Sweep(), Cancellation);
        Assert.Equal(before, await reader.Answers());
        Assert.Empty(reader.Damaged());
        Assert.Equal((20 * 3 * 3, 20 * 3), (made.Rows["heads"], made.Rows["curves"])); // ten runs of one layer and ten of two, with two heads a layer
    }

    [Fact]
    public async Task Of_processes_that_write_at_once_one_is_first_and_nothing_counts_twice()
    {
        await using var side = await ReadSide.Start();
        await using var other = side.Beside();
        for (var round = 0; round < 2; round++)
        {
            await side.Set(RunState.Completed, round, All);
            await Task.WhenAll(Task.Run(side.BringUp, Cancellation), Task.Run(other.BringUp, Cancellation));
            Assert.Equal(await side.Facts(), await side.Answers());
            Assert.Equal(await side.Facts(), await other.Answers());
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public async Task A_disk_that_is_full_in_the_middle_costs_nothing_but_time(int stored)
    {
        await using var side = await ReadSide.Start();
        await side.Set(RunState.Completed, 1, All[..10]);
        await side.Set(RunState.Completed, 2, All[10..]); // a segment of its own
        await using (var full = side.Beside(store => new FullAfter(store, stored)))
        {
            await Assert.ThrowsAsync<ArtifactException>(full.BringUp);
            Assert.Equal(await side.Facts(), await full.Answers());
        }

        await side.BringUp();
        Assert.NotEmpty(side.Segments);
        Assert.Equal(await side.Facts(), await side.Answers());
    }

    [Theory]
    [InlineData(RunState.Completed)]
    [InlineData(RunState.Measuring)]
    public async Task A_run_that_changes_while_it_is_read_counts_once(RunState state)
    {
        await using var side = await ReadSide.Start();
        await side.Set(RunState.Completed, 1, All);
        await side.BringUp();
        await side.Set(RunState.Completed, 2, All[..4]);
        var before = (await side.HeadsWhile(() => Task.CompletedTask)).Split('\n');

        var during = (await side.HeadsWhile(() => side.Set(state, 3, All[2..8]))).Split('\n');

        // Of two runs it was known that they had changed, and then they were no longer completed; the others are as they were, or as they are.
        string[] gone = state == RunState.Completed ? [] : [ReadSide.Specification.RunIdAt(2), ReadSide.Specification.RunIdAt(3)];
        Assert.Equal(before.Where(row => !gone.Any(row.Contains)).Select(Key).Order(), during.Select(Key).Order());

        static string Key(string row) => string.Join(',', row.Split(',')[..5]); // sweep, run, step, layer, head
    }

    [Fact]
    public async Task Files_that_nobody_looks_for_any_more_are_deleted()
    {
        await using var side = await ReadSide.Start();
        for (var round = 0; round < 3; round++)
        {
            await side.Set(RunState.Completed, round, All);
            await side.BringUp();
        }
        await side.Projector.Rebuild(await side.Sweep(), Cancellation);
        var most = side.Segments.Length;
        await side.BringUp();

        Assert.InRange(side.Segments.Length, 1, most - 1);
        Assert.Equal(await side.Facts(), await side.Answers());
    }

    [Fact]
    public async Task A_few_snapshots_are_not_worth_a_file()
    {
        await using var side = await ReadSide.Start(new ProjectionOptions());
        await side.Set(RunState.Completed, 1, All);
        await side.BringUp();

        Assert.Empty(side.Segments);
        Assert.Equal(await side.Facts(), await side.Answers());
    }

    private sealed class FullAfter(IArtifactStore store, int most) : IArtifactStore
    {
        private int _stored;

        public Task<string> Put(Stream content, CancellationToken cancellation = default) =>
            _stored++ < most ? store.Put(content, cancellation) : throw new ArtifactException("the disk is full") { MayPass = true };

        public Task<byte[]> Get(string hash, CancellationToken cancellation = default) => store.Get(hash, cancellation);

        public Task<string> Local(string hash, string copies, CancellationToken cancellation = default) => store.Local(hash, copies, cancellation);

        public Task<bool> Exists(string hash, CancellationToken cancellation = default) => store.Exists(hash, cancellation);

        public Task Delete(string hash, CancellationToken cancellation = default) => store.Delete(hash, cancellation);
    }
}
