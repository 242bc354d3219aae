using Orchestrator.Contracts.Runs;

namespace Orchestrator.Results.Tests.Projection;

/// <summary>While a sweep runs, what was read is kept and what changed is added.</summary>
public sealed class LiveAnswerTests
{
    [Fact]
    public async Task What_was_kept_up_with_the_changes_is_to_the_bit_what_is_read_at_once()
    {
        await using var side = await ReadSide.Start();
        var random = new Random(1);
        for (var step = 0; step < 6; step++)
        {
            int[] some = [.. Enumerable.Range(0, 20).Where(_ => random.Next(3) == 0)];
            await side.Set(random.Next(4) == 0 ? RunState.Measuring : RunState.Completed, random.Next(), some);
            var kept = await Task.WhenAll(side.Said(), side.Said()); // two at once
            await using var fresh = side.Beside();
            Assert.Equal(await fresh.Said(), kept[0]);
            Assert.Equal(kept[0], kept[1]);
        }
    }
}
