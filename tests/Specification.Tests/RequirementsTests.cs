using Orchestrator.Contracts.Work;

namespace Orchestrator.Specification.Tests;

public sealed class RequirementsTests
{
    private static readonly WorkerHello Big = new("big#1", DeviceClass.Cuda, 1, "host", 80, ["a100", "zone=b"], "proof", 1, 1, 1);

    [Fact]
    public void They_are_read_sorted_and_written_back()
    {
        var sweep = Requiring("{ labels: [zone=b, a100, a100], memory_gb: 20, device: cuda }");

        Assert.Equal("device cuda, memory_gb 20, labels a100 zone=b", sweep.Requires.ToString());
        Assert.Equal("""{"device":"cuda","memory_gb":20,"labels":["a100","zone=b"]}""", sweep.Document["requires"]!.ToJsonString());
        Assert.Equal(sweep.Requires.ToString(), Sweeps.Valid(sweep.Document).Requires.ToString());
    }

    [Fact]
    public void Without_any_the_document_says_nothing()
    {
        Assert.False(Requiring("{}").Document.ContainsKey("requires"));
        Assert.True(Requiring("{}").Requires.Empty);
    }

    [Theory]
    [InlineData("{}", true)]
    [InlineData("{ device: cuda }", true)]
    [InlineData("{ device: cpu }", false)]
    [InlineData("{ memory_gb: 80 }", true)]
    [InlineData("{ memory_gb: 80.5 }", false)]
    [InlineData("{ labels: [a100] }", true)]
    [InlineData("{ labels: [a100, zone=a] }", false)]
    [InlineData("{ device: cuda, memory_gb: 40, labels: [zone=b, a100] }", true)]
    public void A_worker_meets_them_or_not(string requires, bool meets) => Assert.Equal(meets, Requiring(requires).Requires.MetBy(Big));

    [Fact]
    public void The_same_requirements_share_a_queue_and_a_device_class_alone_has_the_common_one()
    {
        Assert.Equal("cuda", Requiring("{ device: cuda }").Requires.QueueOn("cuda"));
        var queue = Requiring("{ labels: [b, a], memory_gb: 8 }").Requires.QueueOn("cpu");
        Assert.Matches("^cpu\\.[0-9a-f]{12}$", queue);
        Assert.Equal(queue, Requiring("{ memory_gb: 8.0, labels: [a, b] }").Requires.QueueOn("cpu"));
        Assert.NotEqual(queue, Requiring("{ memory_gb: 9, labels: [a, b] }").Requires.QueueOn("cpu"));
    }

    private static Sweep Requiring(string requires) => Sweeps.Valid(Sweeps.Least + $"\nrequires: {requires}\n");
}
