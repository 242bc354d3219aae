using Orchestrator.Contracts.Runs;

namespace Orchestrator.Specification.Tests;

public sealed class PackSizesTests
{
    [Theory]
    [InlineData("cpu", 32, 64, 32, 1)]           // the quickstart's shape fills a core
    [InlineData("cpu", 4, 32, 16, 64)]           // a micro model does not
    [InlineData("cuda", 32, 64, 32, 256)]        // but a GPU is idle with one of either
    [InlineData("cuda", 4, 32, 16, 1_024)]
    [InlineData("cuda", 32, 768, 512, 4)]        // as many as memory holds
    [InlineData("cuda", 512, 4_096, 2_048, 1)]
    public void Packs_begin_as_large_as_the_device_takes(string device, int batch, int width, int context, int expected)
    {
        var run = SweepFile.Parse(
            $$"""
            name: one
            model: { layers: 2, heads: 2, d_model: {{width}}, n_ctx: {{context}} }
            data: { kind: language, vocab: 32 }
            train: { steps: 10, batch: {{batch}} }
            """,
            "sweep.yaml").Value!.Sweep.RunAt(0);

        Assert.Equal(expected, PackSizes.For(run, device));
    }
}
