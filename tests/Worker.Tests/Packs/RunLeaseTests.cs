using Microsoft.Extensions.Time.Testing;
using Orchestrator.Worker.Packs;

namespace Orchestrator.Worker.Tests.Packs;

/// <summary>A worker believes in its lease no longer than the control plane may.</summary>
public sealed class RunLeaseTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void It_lasts_its_whole_length_from_when_it_was_asked_for()
    {
        var lease = Lease();

        Pass(90);
        Assert.False(lease.IsOver);
        Pass(1);
        Assert.True(lease.IsOver);
    }

    [Fact]
    public void It_is_renewed_from_when_the_question_was_sent_whenever_the_answer_comes()
    {
        var lease = Lease();
        Pass(30);
        var asked = _time.GetTimestamp();
        Pass(60);

        lease.Renew(asked);

        Pass(30);
        Assert.False(lease.IsOver);
        Pass(1);
        Assert.True(lease.IsOver);
    }

    [Fact]
    public void An_answer_that_was_overtaken_takes_nothing_back()
    {
        var (lease, early) = (Lease(), _time.GetTimestamp());
        Pass(60);
        lease.Renew(_time.GetTimestamp());

        lease.Renew(early);

        Pass(89);
        Assert.False(lease.IsOver);
    }

    [Fact]
    public void One_that_is_over_is_not_renewed()
    {
        var lease = Lease();
        Pass(91);

        lease.Renew(_time.GetTimestamp());

        Assert.True(lease.IsOver);
    }

    [Fact]
    public void A_run_is_left_once_and_for_the_first_reason()
    {
        var lease = Lease();

        Assert.True(lease.Leave("cancelled"));
        Assert.False(lease.Leave("its lease is over"));

        Assert.Equal(("cancelled", true, true), (lease.LeftBecause, lease.IsOver, lease.Left.IsCompleted));
    }

    private RunLease Lease() => new(TimeSpan.FromSeconds(90), _time.GetTimestamp(), _time);

    private void Pass(int seconds) => _time.Advance(TimeSpan.FromSeconds(seconds));
}
